"""Let people read and delete their own conversations, and no role any others."""

from alembic import op

from services.storage.rights import PEOPLE, ROLES, definer

revision = "0032"
down_revision = "0036"

INDEX = "CREATE INDEX turns_of_asker ON turns (person_id, thread_id, id)"

# A conversation is the person's own turns of a thread, as far as their words are still there. The
# number of the last turn orders them, and the next page begins before it.
OWN_CONVERSATIONS = definer(
    "own_conversations(before bigint, most int)",
    "TABLE (id bigint, question text, asked_at timestamptz, answers bigint, channel text,"
    " direct boolean, last bigint, total bigint)",
    """
WITH own AS (
    SELECT thread_id, min(turns.id) AS first, max(turns.id) AS last,
        max(turns.created_at) AS asked_at,
        count(*) FILTER (WHERE answer <> '') AS answers,
        bool_and(audience = 'private') AS direct
    FROM turns WHERE person_id = app.person()
        AND EXISTS (SELECT FROM steps WHERE turn_id = turns.id)
    GROUP BY thread_id
), counted AS (SELECT own.*, count(*) OVER () AS total FROM own)
SELECT thread_id, (SELECT message ->> 'content' FROM steps WHERE turn_id = counted.first
        ORDER BY steps.id LIMIT 1),
    asked_at, answers, threads.channel, direct, last, total
FROM counted JOIN threads ON threads.id = thread_id
WHERE last < before ORDER BY last DESC LIMIT most
""",
    ROLES[PEOPLE],
)
OWN_CONVERSATION = definer(
    "own_conversation(conversation bigint)",
    "TABLE (turn bigint, state text, message jsonb, at timestamptz)",
    """
SELECT turns.id, turns.state, steps.message, steps.created_at
FROM turns JOIN steps ON steps.turn_id = turns.id
WHERE thread_id = conversation AND person_id = app.person() ORDER BY steps.id
""",
    ROLES[PEOPLE],
)

# Turns stay without their words, because limits per hour count them and changes name theirs. What
# Slack delivers again is known by the key of its delivery for as long as Slack does that.
DELETE_OWN_CONVERSATION = definer(
    "delete_own_conversation(conversation bigint)",
    "text",
    """
DECLARE
    place threads;
    own bigint[];
    running boolean;
    posted jsonb;
BEGIN
    SELECT * INTO place FROM threads WHERE id = conversation FOR UPDATE;
    SELECT array_agg(id), bool_or(state = 'running') INTO own, running FROM (
        SELECT id, state FROM turns WHERE thread_id = conversation AND person_id = app.person()
        FOR UPDATE) locked;
    IF own IS NULL OR NOT EXISTS (SELECT FROM steps WHERE turn_id = ANY (own)) THEN
        RETURN 'unknown';
    ELSIF running THEN
        RETURN 'running';
    END IF;
    WITH gone AS (DELETE FROM outbox WHERE turn_id = ANY (own) OR (kind = 'asked'
            AND ts = place.thread_ts AND state = 'sent'
            AND slack_user = (SELECT slack_id FROM people WHERE id = app.person()))
        RETURNING ts, state)
    SELECT jsonb_agg(ts ORDER BY ts) INTO posted FROM gone WHERE state = 'sent' AND ts IS NOT NULL;
    DELETE FROM consents WHERE turn_id = ANY (own);
    DELETE FROM steps WHERE turn_id = ANY (own);
    UPDATE deliveries SET event = '{}', state = 'ignored', turn_id = NULL
        WHERE turn_id = ANY (own);
    UPDATE turns SET answer = NULL, feedback_reason = NULL WHERE id = ANY (own);
    IF place.channel <> 'terminal' THEN
        PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
            'default', 'delete_messages', 0, 'deleted:' || place.key, NULL,
            jsonb_build_object('channel', place.channel, 'thread_ts', place.thread_ts,
                'timestamps', coalesce(posted, '[]')), NULL
        )::procrastinate_job_to_defer_v1]);
    END IF;
    RETURN 'deleted';
END
""",
    ROLES[PEOPLE],
    "LANGUAGE plpgsql VOLATILE",
)


def upgrade() -> None:
    for script in (INDEX, OWN_CONVERSATIONS, OWN_CONVERSATION, DELETE_OWN_CONVERSATION):
        op.execute(script)


def downgrade() -> None:
    op.execute(
        "DROP FUNCTION app.own_conversations, app.own_conversation, app.delete_own_conversation"
    )
    op.execute("DROP INDEX turns_of_asker")
