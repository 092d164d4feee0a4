"""Receiving: a delivery and its job are written down in one statement, one round trip."""

from alembic import op

revision = "0012"
down_revision = "0011"

# Each statement of a VOLATILE function sees what was committed before it, so what is read after the
# lock is what the holder before has left: a reply and the mention before it, stored side by side,
# would not see each other otherwise.
RECEIVE = """
CREATE FUNCTION app.receive(
    task text, message text, thread text, said jsonb, asked boolean,
    OUT state text, OUT delivery bigint
) LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    ours boolean := asked;
BEGIN
    IF NOT (said ->> 'direct')::boolean THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(thread, 0));
        ours := ours OR EXISTS (SELECT FROM threads t WHERE t.key = thread)
            OR EXISTS (SELECT FROM deliveries d
                       WHERE d.thread_key = thread AND d.state = 'waiting');
    END IF;
    IF ours THEN
        INSERT INTO deliveries (key, thread_key, event) VALUES (message, thread, said)
            ON CONFLICT DO NOTHING RETURNING id INTO delivery;
    ELSE
        INSERT INTO deliveries (key, thread_key, event, state)
            VALUES (message, thread, said - 'text', 'overheard')
            ON CONFLICT DO NOTHING RETURNING id INTO delivery;
    END IF;
    state := CASE WHEN delivery IS NULL THEN 'repeated' WHEN ours THEN 'stored'
        ELSE 'overheard' END;
    IF state = 'stored' THEN
        PERFORM procrastinate_defer_jobs_v1(ARRAY[
            ROW('default', task, 0, thread, NULL, jsonb_build_object('thread', thread), NULL)
        ]::procrastinate_job_to_defer_v1[]);
        UPDATE deliveries d SET state = 'waiting'
            WHERE d.thread_key = thread AND d.state = 'overheard'
            AND d.event ->> 'ts' > said ->> 'ts';
    END IF;
END
$$;
COMMENT ON FUNCTION app.receive IS 'one message of Slack: stored, overheard or repeated';
REVOKE ALL ON FUNCTION app.receive FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.receive TO desk_worker;
"""


def upgrade() -> None:
    op.execute(RECEIVE)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.receive")
