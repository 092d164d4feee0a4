"""Answer in a thread only people who asked there; delete with a message what it carried."""

from importlib import import_module

from alembic import op

from services.storage.rights import ROLES, WORKER, definer

revision = "0017"
down_revision = "0016"

# Finds whether somebody has asked the desk in a thread.
ASKERS = """
CREATE INDEX deliveries_of_asker ON deliveries (thread_key, (event ->> 'user'))
    WHERE state IN ('waiting', 'taken');
COMMENT ON COLUMN deliveries.state IS
    'overheard: of somebody who has not asked the desk in this thread; stored without its words'
"""

# `said` tells whether a message without a mention can be for the desk (`follows`). An edit may ask
# what was overheard before.
RECEIVE = """
CREATE FUNCTION app.receive(
    kind text, task text, message text, thread text, said jsonb, asked boolean,
    OUT state text, OUT delivery bigint
) LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    ours boolean := asked;
BEGIN
    IF NOT (said ->> 'direct')::boolean THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(thread, 0));
        ours := ours OR (said ->> 'follows')::boolean AND EXISTS (SELECT FROM deliveries d
            WHERE d.thread_key = thread AND d.event ->> 'user' = said ->> 'user'
            AND d.state IN ('waiting', 'taken'));
    END IF;
    IF ours THEN
        INSERT INTO deliveries AS d (key, thread_key, kind, event)
            VALUES (message, thread, receive.kind, said)
            ON CONFLICT (key) DO UPDATE SET event = said, state = 'waiting'
            WHERE d.state = 'overheard' AND asked RETURNING id INTO delivery;
    ELSE
        INSERT INTO deliveries (key, thread_key, kind, event, state)
            VALUES (message, thread, receive.kind, said - '{text,carried}'::text[], 'overheard')
            ON CONFLICT DO NOTHING RETURNING id INTO delivery;
    END IF;
    state := CASE WHEN delivery IS NULL THEN 'repeated' WHEN ours THEN 'stored'
        ELSE 'overheard' END;
    IF state = 'stored' THEN
        PERFORM procrastinate_defer_jobs_v1(ARRAY[
            ROW('default', task, 0, thread, NULL, jsonb_build_object('thread', thread), NULL)
        ]::procrastinate_job_to_defer_v1[]);
        UPDATE deliveries d SET state = 'waiting'
            WHERE d.thread_key = thread AND d.state = 'overheard' AND d.kind = receive.kind
            AND d.event ->> 'user' = said ->> 'user' AND (d.event ->> 'follows')::boolean
            AND d.event ->> 'ts' > said ->> 'ts';
    END IF;
END
$$;
COMMENT ON FUNCTION app.receive IS 'one message of Slack: stored, overheard or repeated';
REVOKE ALL ON FUNCTION app.receive FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.receive TO desk_worker;
"""

# As in 0008, with what the message carries, and with questions that were asked again ('key/again').
DELETE_WORDS = definer(
    "delete_words(message text, thread text)",
    "void",
    """
DECLARE
    found bigint[];
BEGIN
    INSERT INTO deliveries (key, thread_key, event, state)
        VALUES (message, thread, '{}', 'ignored') ON CONFLICT DO NOTHING;
    WITH changed AS (
        UPDATE deliveries SET event = event - 'carried' || '{"text": "(deleted)"}',
            state = CASE state WHEN 'taken' THEN 'taken' ELSE 'ignored' END
        WHERE key = message OR key LIKE message || ':%' OR key LIKE message || '/%' RETURNING id
    ) SELECT array_agg(id) INTO found FROM changed;
    UPDATE steps SET message = jsonb_set(steps.message, '{content}', '"(deleted)"') - 'carried'
        WHERE delivery_id = ANY (found);
END
""",
    ROLES[WORKER],
    "LANGUAGE plpgsql VOLATILE",
)


def upgrade() -> None:
    op.execute(ASKERS)
    op.execute("DROP FUNCTION app.receive, app.delete_words")
    op.execute(RECEIVE)
    op.execute(DELETE_WORDS)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.receive, app.delete_words")
    op.execute(import_module("migrations.versions.0004_conversations").RECEIVE)
    op.execute(import_module("migrations.versions.0008_privacy").DELETE_WORDS)
    op.execute("DROP INDEX deliveries_of_asker")
    op.execute("COMMENT ON COLUMN deliveries.state IS 'overheard: stored without its text'")
