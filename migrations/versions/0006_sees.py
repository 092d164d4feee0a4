"""Add the functions that answer "may this person see this record?", compiled from rules."""

from alembic import op

from services.storage.rights import ADMIN, PEOPLE, REQUESTER, ROLES, definer

revision = "0006"
down_revision = "0005"

# The rules are data: `secure` adds those of a type and has them compiled anew. The compiled
# functions are for the owner, as they answer for any viewer; the forms below are for people.
RECORD_RULES = """
CREATE TABLE app.record_rules (
    type text NOT NULL,
    role text NOT NULL,
    table_name text NOT NULL,
    sees text NOT NULL,
    sees_on text NOT NULL,
    PRIMARY KEY (type, role)
);
COMMENT ON COLUMN app.record_rules.sees IS 'SQL: the rows of the table that the role may see';
COMMENT ON COLUMN app.record_rules.sees_on IS 'SQL: those whose notes and tags it may see';

-- Writes app.sees or app.sees_on. A rule that is plainly true needs no row, so the history of a
-- deleted machine stays readable.
CREATE FUNCTION app.compile_function(name text) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $compile$
DECLARE
    branches text;
BEGIN
    WITH rules AS (SELECT type, role, table_name, replace(replace(
            CASE name WHEN 'sees' THEN sees ELSE sees_on END,
            '{me}', 'viewer'), '{viewer}', 'viewer, viewer_role, ') AS rule FROM app.record_rules),
    roles AS (SELECT type, format(E'        WHEN %L THEN RETURN %s;\\n', role,
            CASE WHEN rule IN ('true', 'false') THEN rule ELSE
            format('EXISTS (SELECT FROM %I WHERE %1$I.id = number AND (%s))', table_name, rule)
            END) AS branch FROM rules),
    types AS (SELECT type, format(E'    WHEN %L THEN CASE viewer_role\\n%s'
            '        ELSE RETURN false; END CASE;\\n', type, string_agg(branch, '' ORDER BY branch))
            AS branch FROM roles GROUP BY type)
    SELECT string_agg(branch, '' ORDER BY type) INTO branches FROM types;
    EXECUTE format($sql$
CREATE OR REPLACE FUNCTION app.%I(viewer bigint, viewer_role text, of_type text, number bigint)
    RETURNS boolean LANGUAGE plpgsql STABLE AS $body$
BEGIN
    IF viewer IS NULL THEN RETURN false; END IF;
    CASE of_type
%s    ELSE RETURN false;
    END CASE;
END $body$;
REVOKE ALL ON FUNCTION app.%1$I(bigint, text, text, bigint) FROM PUBLIC$sql$,
        name, coalesce(branches, E'    WHEN NULL THEN RETURN false;\\n'));
END $compile$;

-- For requesters, tables of notes and the like get the same rules as arrays of ids: an index finds
-- the few rows that fit, where app.sees_on would have to look at every row.
CREATE FUNCTION app.compile_record_rules() RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $compile$
DECLARE
    condition text;
    secured record;
BEGIN
    PERFORM app.compile_function('sees');
    PERFORM app.compile_function('sees_on');
    SELECT string_agg(format('(on_kind = %L AND on_id = ANY (ARRAY(SELECT %I.id FROM %2$I%s)))',
            type, table_name, CASE WHEN sees_on = sees THEN '' ELSE ' WHERE '
                || replace(replace(sees_on, '{me}', '(SELECT app.person())'), '{viewer}', '') END),
        ' OR ' ORDER BY type) INTO condition
        FROM app.record_rules WHERE role = 'requester' AND sees_on <> 'false';
    FOR secured IN SELECT tablename FROM pg_policies WHERE policyname = 'on_records' LOOP
        EXECUTE format('ALTER POLICY on_records ON %I USING (%s)', secured.tablename,
            coalesce(condition, 'false'));
    END LOOP;
END $compile$;
REVOKE ALL ON FUNCTION app.compile_function(text), app.compile_record_rules() FROM PUBLIC;
SELECT app.compile_record_rules();
"""

PLPGSQL = "LANGUAGE plpgsql STABLE"
FUNCTIONS = (
    definer(
        "sees(type text, number bigint)",
        "boolean",
        "BEGIN RETURN app.sees(app.person(), app.role(), type, number); END",
        ROLES[PEOPLE],
        PLPGSQL,
    ),
    definer(
        "sees_on(type text, number bigint)",
        "boolean",
        "BEGIN RETURN app.sees_on(app.person(), app.role(), type, number); END",
        ROLES[PEOPLE],
        PLPGSQL,
    ),
    # Whether somebody else sees a record. Only asked about records that one sees oneself, or it
    # would tell which hidden records exist.
    definer(
        "person_sees(other bigint, type text, number bigint)",
        "boolean",
        """
BEGIN
    RETURN app.sees(app.person(), app.role(), type, number) AND coalesce((
        SELECT app.sees(people.id, people.role, type, number)
        FROM people WHERE people.id = other AND people.active), false);
END
""",
        ROLES[PEOPLE],
        PLPGSQL,
    ),
    # The policies of tickets read watchers, so those of watchers cannot read tickets themselves.
    definer(
        "requested(ticket bigint)",
        "boolean",
        "SELECT EXISTS (SELECT 1 FROM tickets WHERE id = ticket AND requester_id = app.person())",
        ROLES[REQUESTER],
    ),
    # Who stops watching no longer sees the ticket, but may undo that for ten minutes.
    definer(
        "just_left(ticket bigint)",
        "boolean",
        """
SELECT coalesce((SELECT verb = 'DELETE' AND actor_id = app.person()
        AND at > now() - interval '10 minutes'
    FROM events WHERE table_name = 'ticket_watchers' AND record_id = ticket
        AND coalesce(before, after) ->> 'person_id' = app.person()::text
    ORDER BY id DESC LIMIT 1), false)
""",
        ROLES[REQUESTER],
    ),
    # Whether another turn has since changed the same row, or anything of the record if the event
    # is of the record itself. For one's own events.
    definer(
        "touched_since(event bigint)",
        "boolean",
        """
SELECT EXISTS (SELECT 1 FROM events e JOIN events newer ON newer.id > e.id
    AND newer.turn_id IS DISTINCT FROM e.turn_id
    AND newer.subject_type = e.subject_type AND newer.subject_id = e.subject_id
    AND ((newer.table_name = e.table_name AND newer.record_id = e.record_id)
        OR EXISTS (SELECT FROM app.record_rules r
                   WHERE r.type = e.subject_type AND r.table_name = e.table_name))
    WHERE e.id = event AND e.actor_id = app.person())
""",
        ROLES[PEOPLE],
    ),
    # The words that led to a turn's changes, for admins who see every record it changed.
    definer(
        "words_behind(turn bigint)",
        "text",
        """
SELECT message ->> 'content' FROM steps WHERE turn_id = turn AND message ->> 'role' = 'user'
    AND app.person() IS NOT NULL
    AND EXISTS (SELECT FROM events e WHERE e.turn_id = turn)
    AND NOT EXISTS (SELECT FROM events e WHERE e.turn_id = turn AND e.subject_type IS NOT NULL
        AND NOT app.sees_on(app.person(), app.role(), e.subject_type, e.subject_id))
ORDER BY id LIMIT 1
""",
        ROLES[ADMIN],
    ),
)


def upgrade() -> None:
    op.execute(RECORD_RULES)
    for script in FUNCTIONS:
        op.execute(script)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.words_behind, app.touched_since, app.just_left, app.requested")
    op.execute("DROP FUNCTION app.person_sees, app.compile_record_rules, app.compile_function")
    op.execute("DROP FUNCTION app.sees(text, bigint), app.sees_on(text, bigint)")
    op.execute(
        "DROP FUNCTION app.sees(bigint, text, text, bigint),"
        " app.sees_on(bigint, text, text, bigint)"
    )
    op.execute("DROP TABLE app.record_rules")
