"""Add the day until which a machine is under warranty."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("ALTER TABLE machines ADD warranty_until date")


def downgrade() -> None:
    op.execute("ALTER TABLE machines DROP warranty_until")
