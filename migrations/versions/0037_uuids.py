"""Add the UUID of a machine's mainboard, by which inventories also identify it."""

from alembic import op

revision = "0037"
down_revision = "0033"


def upgrade() -> None:
    op.execute("ALTER TABLE machines ADD uuid text NOT NULL DEFAULT ''")
    op.execute("CREATE INDEX machines_uuid ON machines (lower(uuid)) WHERE uuid <> ''")


def downgrade() -> None:
    op.execute("ALTER TABLE machines DROP uuid")
