"""Store when admins last hid a column from models: older messages may contain its values."""

from alembic import op

from services.storage.rights import ROLES, WORKER, definer

revision = "0039"
down_revision = "0040"

HIDDEN_SINCE = definer(
    "hidden_from_models_since()",
    "timestamptz",
    """
SELECT max(events.at) FROM events JOIN settings ON settings.id = events.record_id
WHERE events.table_name = 'settings' AND settings.key = 'hidden_from_models'
    AND cardinality(app.hidden_from_models()) > 0
    AND NOT coalesce(after -> 'value' <@ (before -> 'value'), false)
""",
    ROLES[WORKER],
)


def upgrade() -> None:
    op.execute(HIDDEN_SINCE)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.hidden_from_models_since")
