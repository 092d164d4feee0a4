"""Add secrets, which only the owner reads, and the requests of Slack that were answered."""

from alembic import op

from services.storage.rights import CLOCK, WORKER, secure

revision = "0007"
down_revision = "0006b"

TABLES = """
CREATE SCHEMA private;
REVOKE ALL ON SCHEMA private FROM PUBLIC;
CREATE TABLE private.secrets (name text PRIMARY KEY, value text NOT NULL);
COMMENT ON SCHEMA private IS 'no role but the owner may enter it';

CREATE TABLE served_requests (
    key text PRIMARY KEY,
    served_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX served_requests_oldest ON served_requests (served_at);
COMMENT ON TABLE served_requests IS 'hashes of the trigger ids of commands, presses and forms';
"""

SERVED = secure(
    "served_requests",
    read={WORKER: "true", CLOCK: "true"},
    add={WORKER: "true"},
    remove={CLOCK: "true"},
)


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(SERVED)


def downgrade() -> None:
    op.execute("DROP TABLE served_requests")
    op.execute("DROP SCHEMA private CASCADE")
