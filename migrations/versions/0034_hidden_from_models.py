"""Store the columns that admins hide from language models."""

from alembic import op

from services.storage.rights import PEOPLE, ROLES, definer

revision = "0034"
down_revision = "0037"

HIDDEN_FROM_MODELS = definer(
    "hidden_from_models()",
    "text[]",
    """
SELECT coalesce((SELECT array(SELECT jsonb_array_elements_text(value)) FROM settings
    WHERE key = 'hidden_from_models' AND jsonb_typeof(value) = 'array'), '{}')
""",
    ROLES[PEOPLE],
)


def upgrade() -> None:
    op.execute(HIDDEN_FROM_MODELS)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.hidden_from_models")
