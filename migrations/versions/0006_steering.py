"""Turns that are stopped, turns that failed, and the message that shows a long one."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE turns ADD failed boolean NOT NULL DEFAULT false,
            ADD stop_asked_at timestamptz, ADD working_ts text;
        COMMENT ON COLUMN turns.failed IS 'its answer is a sentence about a fault: ask again';
        COMMENT ON COLUMN turns.working_ts IS 'the Slack message that offers to stop it';
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE turns DROP failed, DROP stop_asked_at, DROP working_ts")
