"""Let each person create passes for themselves only."""

from alembic import op

from services.storage.rights import CLOCK, PEOPLE, WORKER, Rights, release, secure

revision = "0030"
down_revision = "0029c"

READ: Rights = {WORKER: "true", CLOCK: ("made_at", "true")}
REMOVE: Rights = {WORKER: "true", CLOCK: "true"}


def upgrade() -> None:
    op.execute(release("passes"))
    own: Rights = {PEOPLE: ("hash, person_id, path", "person_id = {me}")}
    op.execute(secure("passes", read=READ, add=own, remove=REMOVE))


def downgrade() -> None:
    op.execute(release("passes"))
    op.execute(secure("passes", read=READ, add={WORKER: "true"}, remove=REMOVE))
