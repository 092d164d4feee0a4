"""Remove the words of deleted messages, and delete old transcripts."""

from alembic import op

from services.storage.rights import CLOCK, ROLES, WORKER, definer

revision = "0008"
down_revision = "0007"

# A deletion that is delivered before its message leaves a row under the message's key, so that the
# message counts as repeated and its words are never stored. Edits that were asked anew are stored
# as 'key:…'. Each statement sees a turn that was begun while the one before waited for its lock.
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
        UPDATE deliveries SET event = event || '{"text": "(deleted)"}',
            state = CASE state WHEN 'taken' THEN 'taken' ELSE 'ignored' END
        WHERE key = message OR key LIKE message || ':%' RETURNING id
    ) SELECT array_agg(id) INTO found FROM changed;
    UPDATE steps SET message = jsonb_set(steps.message, '{content}', '"(deleted)"')
        WHERE delivery_id = ANY (found);
END
""",
    ROLES[WORKER],
    "LANGUAGE plpgsql VOLATILE",
)

# The locks come first: a thread in which a turn is begun meanwhile is not old any more.
OLD = """
    WHERE created_at < border AND NOT EXISTS (SELECT FROM turns
        WHERE thread_id = threads.id AND (state = 'running' OR turns.created_at >= border))
"""
DELETE_OLD_THREADS = definer(
    "delete_old_threads(days int)",
    "void",
    f"""
DECLARE
    border timestamptz := now() - make_interval(days => greatest(days, 1));
BEGIN
    PERFORM FROM threads {OLD.strip()} FOR UPDATE;
    DELETE FROM threads {OLD.strip()};
END
""",
    ROLES[CLOCK],
    "LANGUAGE plpgsql VOLATILE",
)


def upgrade() -> None:
    op.execute("CREATE INDEX deliveries_by_key ON deliveries (key text_pattern_ops)")
    op.execute("GRANT SELECT (turn_id) ON deliveries TO desk_clock")
    op.execute(DELETE_WORDS)
    op.execute(DELETE_OLD_THREADS)


def downgrade() -> None:
    op.execute("REVOKE SELECT (turn_id) ON deliveries FROM desk_clock")
    op.execute("DROP FUNCTION app.delete_words, app.delete_old_threads")
    op.execute("DROP INDEX deliveries_by_key")
