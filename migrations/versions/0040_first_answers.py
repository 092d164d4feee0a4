"""Compute how long a ticket waited for its first answer."""

from alembic import op

from services.storage.rights import PEOPLE, ROLES, definer

revision = "0040"
down_revision = "0037b"

# As the owner: who sees a ticket sees its notes that are not internal, and policies would ask
# about each of them.
FIRST_ANSWER = definer(
    "first_answer(ticket bigint)",
    "interval",
    """
SELECT min(notes.created_at) - tickets.created_at FROM tickets JOIN notes
    ON on_kind = 'TKT' AND on_id = tickets.id AND NOT internal AND author_id <> requester_id
    WHERE tickets.id = ticket AND app.sees('TKT', ticket) GROUP BY tickets.id
""",
    ROLES[PEOPLE],
)


def upgrade() -> None:
    op.execute(FIRST_ANSWER)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.first_answer")
