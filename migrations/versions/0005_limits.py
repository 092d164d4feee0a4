"""Limits on turns and writes, and the history that staff may read."""

from alembic import op

revision = "0005"
down_revision = "0004"

PEOPLE = "desk_requester, desk_technician, desk_admin"

LIMITS = f"""
ALTER TABLE turns ADD refused boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN turns.refused IS 'over the limit: it was answered by a sentence, and counts not';
CREATE INDEX turns_of_person ON turns (person_id, created_at) WHERE NOT refused;
CREATE INDEX turns_newest ON turns (created_at) WHERE NOT refused;
CREATE INDEX events_of_actor ON events (actor_id, at);
CREATE INDEX events_newest ON events (at);

-- A limit as an admin has set it. SECURITY DEFINER: people do not read settings.
CREATE FUNCTION app.limit_of(name text, preset int) RETURNS int
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT (value #>> '{{}}')::int FROM settings WHERE key = name), preset)
$$;

-- When the person may change something again; null: at once. What they may not read counts too.
CREATE FUNCTION app.writes_from(own int, everybody int) RETURNS timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT greatest(
        (SELECT min(at) FROM (SELECT at FROM events
            WHERE actor_id = app.person() AND at > now() - interval '1 hour'
            ORDER BY at DESC LIMIT own) newest HAVING count(*) >= own),
        (SELECT min(at) FROM (SELECT at FROM events
            WHERE actor_id IS NOT NULL AND at > now() - interval '1 hour'
            ORDER BY at DESC LIMIT everybody) newest HAVING count(*) >= everybody)
        ) + interval '1 hour'
$$;
REVOKE ALL ON FUNCTION app.limit_of(text, int), app.writes_from(int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.limit_of(text, int) TO {PEOPLE}, desk_worker;
GRANT EXECUTE ON FUNCTION app.writes_from(int, int) TO {PEOPLE};
"""

HISTORY = """
CREATE POLICY staff ON events FOR SELECT TO desk_technician, desk_admin USING (
    (table_name LIKE 'ticket%' AND app.staff_sees(record_id)) OR table_name = 'machines'
    OR (table_name = 'notes' AND EXISTS (SELECT 1 FROM notes n WHERE n.id = events.record_id)));

-- The words that led to a turn's changes. For admins, and only where they see what was changed.
CREATE FUNCTION app.words_behind(turn bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT message ->> 'content' FROM steps WHERE turn_id = turn AND message ->> 'role' = 'user'
        AND app.person() IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM events e WHERE e.turn_id = turn
            AND e.table_name LIKE 'ticket%' AND NOT app.staff_sees(e.record_id))
        AND EXISTS (SELECT 1 FROM events e WHERE e.turn_id = turn)
    ORDER BY id LIMIT 1
$$;
REVOKE ALL ON FUNCTION app.words_behind(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.words_behind(bigint) TO desk_admin;
"""


def upgrade() -> None:
    op.execute(LIMITS)
    op.execute(HISTORY)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.words_behind(bigint), app.writes_from, app.limit_of")
    op.execute("DROP POLICY staff ON events")
    op.execute("DROP INDEX events_newest, events_of_actor, turns_newest, turns_of_person")
    op.execute("ALTER TABLE turns DROP refused")
