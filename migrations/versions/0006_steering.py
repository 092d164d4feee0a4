"""Turns that are stopped or failed, the message that shows a long one, what was overheard."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE turns ADD failed boolean NOT NULL DEFAULT false,
            ADD stop_asked_at timestamptz, ADD working_ts text,
            ADD resumptions int NOT NULL DEFAULT 0;
        COMMENT ON COLUMN turns.failed IS 'its answer is a sentence about a fault: ask again';
        COMMENT ON COLUMN turns.working_ts IS 'the Slack message that offers to stop it';

        ALTER TABLE deliveries DROP CONSTRAINT deliveries_state_check, ADD CONSTRAINT
            deliveries_state_check CHECK (state IN ('waiting', 'taken', 'ignored', 'overheard'));
        COMMENT ON COLUMN deliveries.state IS
            'overheard: said in a thread not known to be ours, and kept without its words';
        CREATE INDEX deliveries_overheard ON deliveries (thread_key) WHERE state = 'overheard';
    """)


def downgrade() -> None:
    op.execute("""
        DELETE FROM deliveries WHERE state = 'overheard';
        DROP INDEX deliveries_overheard;
        ALTER TABLE deliveries DROP CONSTRAINT deliveries_state_check, ADD CONSTRAINT
            deliveries_state_check CHECK (state IN ('waiting', 'taken', 'ignored'));
    """)
    op.execute(
        "ALTER TABLE turns DROP failed, DROP stop_asked_at, DROP working_ts, DROP resumptions"
    )
