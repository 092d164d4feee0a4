"""The newest notes of a record are found without reading all of them."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("DROP INDEX notes_on")
    op.execute("CREATE INDEX notes_on ON notes (on_kind, on_id, id)")


def downgrade() -> None:
    op.execute("DROP INDEX notes_on")
    op.execute("CREATE INDEX notes_on ON notes (on_kind, on_id, created_at, id)")
