"""Add how a ticket was solved, and the right to hand a ticket to another requester."""

from alembic import op

from services.storage.rights import PEOPLE, ROLES, STAFF

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("ALTER TABLE tickets ADD resolution text NOT NULL DEFAULT ''")
    op.execute(f"GRANT INSERT (resolution), UPDATE (resolution) ON tickets TO {ROLES[PEOPLE]}")
    op.execute(f"GRANT UPDATE (requester_id) ON tickets TO {ROLES[STAFF]}")


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE (requester_id) ON tickets FROM {ROLES[STAFF]}")
    op.execute("ALTER TABLE tickets DROP resolution")
