"""Store which cards are open below messages in channels."""

from alembic import op

from services.storage.rights import CLOCK, WORKER, secure

revision = "0018"
down_revision = "0017"

TABLE = """
CREATE TABLE open_cards (
    key text PRIMARY KEY,
    shown_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX open_cards_oldest ON open_cards (shown_at);
COMMENT ON TABLE open_cards IS 'ephemeral cards that a person has not put away; keys are hashes';
"""

RIGHTS = secure(
    "open_cards",
    read={WORKER: "true", CLOCK: ("shown_at", "true")},
    add={WORKER: "true"},
    change={WORKER: ("shown_at", "true")},
    remove={WORKER: "true", CLOCK: "true"},
)


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(RIGHTS)


def downgrade() -> None:
    op.execute("DROP TABLE open_cards")
