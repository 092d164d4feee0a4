"""Store which changes undo others, so that an undone change is shown as undone."""

from alembic import op

from services.storage.rights import PEOPLE, ROLES, WORKER, definer

revision = "0013"
down_revision = "0012"

UNDOES = """
ALTER TABLE events ADD undoes bigint
    DEFAULT nullif(current_setting('app.undoes', true), '')::bigint;
COMMENT ON COLUMN events.undoes IS 'the turn whose changes this one takes back';
CREATE INDEX events_undoing ON events (undoes) WHERE undoes IS NOT NULL;
"""

# An undo may itself have been undone.
IS_UNDONE = definer(
    "is_undone(turn bigint)",
    "boolean",
    """
BEGIN
    RETURN EXISTS (SELECT FROM events WHERE undoes = turn
        AND coalesce(actor_id = app.person(), true)
        AND NOT coalesce(app.is_undone(turn_id), false));
END
""",
    f"{ROLES[PEOPLE]}, {ROLES[WORKER]}",
    "LANGUAGE plpgsql STABLE STRICT",
)

# People read neither turns nor threads. A direct conversation has many threads, most of them of one
# question: in a thread that begins with the wish to undo, the conversation counts.
LAST_TURN = definer(
    "last_turn()",
    "bigint",
    """
WITH here AS (
    SELECT thread_id, channel, NOT EXISTS (SELECT FROM turns earlier
        WHERE earlier.thread_id = turns.thread_id AND earlier.id < turns.id) AS begins
    FROM turns JOIN threads ON threads.id = thread_id WHERE turns.id = app.turn()
)
SELECT max(turn_id) FROM events
    WHERE actor_id = app.person() AND turn_id IS DISTINCT FROM app.turn()
    AND at > now() - interval '1 day'
    AND (app.turn() IS NULL OR EXISTS (
        SELECT FROM here, turns JOIN threads ON threads.id = thread_id
        WHERE turns.id = events.turn_id AND (turns.thread_id = here.thread_id
            OR (here.begins AND threads.channel = here.channel))))
""",
    ROLES[PEOPLE],
)

SHOW_UNDONE = (
    definer(
        "show_undone()",
        "trigger",
        """
BEGIN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
            'default', 'show_undone', 0, 'undone:' || NEW.undoes, NULL,
            jsonb_build_object('turn', NEW.undoes), NULL
        )::procrastinate_job_to_defer_v1]);
    RETURN NULL;
END
""",
        "",
        "LANGUAGE plpgsql VOLATILE",
    )
    + """
CREATE TRIGGER show_undone AFTER INSERT ON events FOR EACH ROW
    WHEN (NEW.undoes IS NOT NULL) EXECUTE FUNCTION app.show_undone();
"""
)


def upgrade() -> None:
    for script in (UNDOES, IS_UNDONE, LAST_TURN, SHOW_UNDONE):
        op.execute(script)


def downgrade() -> None:
    op.execute("DROP TRIGGER show_undone ON events")
    op.execute("DROP FUNCTION app.show_undone, app.last_turn, app.is_undone")
    op.execute("ALTER TABLE events DROP undoes")
