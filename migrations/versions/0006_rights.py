"""Who may see and change which rows: docs/rights.md in the words of Postgres."""

from alembic import op

from services.storage.rights import (
    ADMIN,
    CLOCK,
    IMPORT,
    ON_RECORD,
    PEOPLE,
    REQUESTER,
    ROLES,
    SERVICES,
    STAFF,
    WORKER,
    definer,
    release,
    secure,
)

revision = "0006"
down_revision = "0005"

# ---- "may this person see this record?"

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

# ---- records, settings and channels

# Columns by name: `id` would tell by its conflicts which ids exist, `created_at` would make old
# records young enough to be deleted.
NEW_TICKET = (
    "requester_id, name, description, status, assignee_id, team_id, priority, private, closed_at"
)
BY_REQUESTERS = "name, description, status"
BY_STAFF = f"{BY_REQUESTERS}, assignee_id, team_id, priority, private"
NEW_NOTE = "on_kind, on_id, author_id, text, internal"

YOUNG = "created_at > now() - interval '10 minutes'"  # the time in which it may be undone
REQUESTED = "requester_id = {me}"
WATCHED = "id = ANY (ARRAY(SELECT ticket_id FROM ticket_watchers WHERE person_id = {me}))"
OF_OWN_TEAM = "team_id = ANY (ARRAY(SELECT team_id FROM team_members WHERE person_id = {me}))"
FOR_STAFF = f"NOT private OR {REQUESTED} OR assignee_id = {{me}} OR {OF_OWN_TEAM} OR {WATCHED}"
ON_OWN_TICKET = "ticket_id = ANY (ARRAY(SELECT id FROM tickets WHERE requester_id = {me}))"
ON_SEEN_TICKET = "app.sees({viewer}'TKT', ticket_id)"
NO_NOTE_ON_NOTES = f"on_kind <> 'NOTE' AND {ON_RECORD}"
ALL = "true"

RECORDS = {
    "people": secure(
        "people",
        record="USR",
        history=ADMIN,
        imported=True,
        read={PEOPLE: ALL, SERVICES: ALL},
        read_attached={REQUESTER: "id = {me}", STAFF: ALL},
        add={SERVICES: ("name, email, slack_id, tz", ALL)},
        change={
            ADMIN: ("role, department, active", ALL),
            WORKER: ("slack_id, role", ALL),
            CLOCK: ("name, email, slack_id, tz, department, active, left_at, role", ALL),
        },
    ),
    "teams": secure(
        "teams",
        record="TEAM",
        history=ADMIN,
        imported=True,
        read={PEOPLE: ALL},
        read_attached={STAFF: ALL},
        add={ADMIN: ALL},
        change={ADMIN: ALL},
        remove={ADMIN: ALL},
    ),
    "team_members": secure(
        "team_members",
        subject=("TEAM", "team_id"),
        history=ADMIN,
        imported=True,
        read={PEOPLE: ALL},
        add={ADMIN: ALL},
        change={ADMIN: ALL},
        remove={ADMIN: ALL},
    ),
    "machines": secure(
        "machines",
        record="MAC",
        history=PEOPLE,
        imported=True,
        read={REQUESTER: "person_id = {me}", STAFF: ALL},
        add={STAFF: ALL},
        change={STAFF: ALL},
        remove={STAFF: ALL},
    ),
    "tickets": secure(
        "tickets",
        record="TKT",
        history=PEOPLE,
        imported=True,
        read={REQUESTER: f"{REQUESTED} OR {WATCHED}", STAFF: FOR_STAFF},
        add={
            REQUESTER: (NEW_TICKET, f"{REQUESTED} AND assignee_id IS NULL"),
            STAFF: (NEW_TICKET, ALL),
        },
        change={REQUESTER: (BY_REQUESTERS, REQUESTED), STAFF: (BY_STAFF, FOR_STAFF)},
        remove={PEOPLE: f"{REQUESTED} AND {YOUNG}"},
    ),
    "ticket_machines": secure(
        "ticket_machines",
        subject=("TKT", "ticket_id"),
        history=PEOPLE,
        imported=True,
        read={REQUESTER: "ticket_id = ANY (ARRAY(SELECT id FROM tickets))", STAFF: ON_SEEN_TICKET},
        add={
            REQUESTER: f"{ON_OWN_TICKET} AND machine_id = ANY (ARRAY(SELECT id FROM machines))",
            STAFF: ON_SEEN_TICKET,
        },
        remove={REQUESTER: ON_OWN_TICKET, STAFF: ON_SEEN_TICKET},
    ),
    "ticket_watchers": secure(
        "ticket_watchers",
        subject=("TKT", "ticket_id"),
        history=PEOPLE,
        imported=True,
        read={PEOPLE: f"person_id = {{me}} OR {ON_SEEN_TICKET}"},
        add={
            REQUESTER: "app.requested(ticket_id) OR person_id = {me} AND app.just_left(ticket_id)",
            STAFF: ON_SEEN_TICKET,
        },
        remove={
            REQUESTER: "person_id = {me} OR app.requested(ticket_id)",
            STAFF: ON_SEEN_TICKET,
        },
    ),
    "notes": secure(
        "notes",
        record="NOTE",
        subject=("on_kind", "on_id"),
        history=PEOPLE,
        imported=True,
        read={REQUESTER: f"NOT internal AND {NO_NOTE_ON_NOTES}", STAFF: NO_NOTE_ON_NOTES},
        read_attached={STAFF: NO_NOTE_ON_NOTES},
        add={
            REQUESTER: (NEW_NOTE, f"author_id = {{me}} AND NOT internal AND {NO_NOTE_ON_NOTES}"),
            STAFF: (NEW_NOTE, f"author_id = {{me}} AND {NO_NOTE_ON_NOTES}"),
        },
        remove={PEOPLE: f"author_id = {{me}} AND {YOUNG}"},
    ),
    "tags": secure(
        "tags",
        record="TAG",
        subject=("on_kind", "on_id"),
        history=PEOPLE,
        imported=True,
        read={REQUESTER: ON_RECORD, STAFF: ON_RECORD},
        read_attached={},
        add={STAFF: ON_RECORD},
        change={STAFF: ON_RECORD},
        remove={STAFF: ON_RECORD},
    ),
    "settings": secure(
        "settings",
        history=ADMIN,
        read={ADMIN: ALL},
        add={ADMIN: ALL},
        change={ADMIN: ALL},
        remove={ADMIN: ALL},
    ),
    "channels": secure(
        "channels",
        history=ADMIN,
        read={ADMIN: ALL, WORKER: ALL},
        add={ADMIN: ALL},
        change={ADMIN: ALL},
        remove={ADMIN: ALL},
    ),
}

# ---- conversations

OWN = "person_id = {me}"
OF_TURN = "turn_id = (SELECT app.turn())"
OWN_OF_TURN = f"{OWN} AND {OF_TURN}"

CONVERSATIONS = {
    "threads": secure(
        "threads",
        read={WORKER: ALL, CLOCK: ("id, key", ALL)},
        add={WORKER: ALL},
        change={WORKER: ALL},
    ),
    "turns": secure(
        "turns",
        read={WORKER: ALL, CLOCK: ("id, thread_id, state, created_at", ALL)},
        add={WORKER: ALL},
        change={WORKER: ALL},
    ),
    "deliveries": secure(
        "deliveries",
        read={WORKER: ALL, CLOCK: ("thread_key, kind, state, received_at", ALL)},
        add={WORKER: ALL},
        change={WORKER: ALL},
        remove={CLOCK: ALL},
    ),
    "steps": secure("steps", read={WORKER: ALL}, add={PEOPLE: OF_TURN, WORKER: ALL}),
    "consents": secure(
        "consents",
        read={
            PEOPLE: OWN_OF_TURN,
            WORKER: ALL,
            CLOCK: ("id, turn_id, state, asked_at", ALL),
        },
        add={WORKER: ALL},
        change={
            PEOPLE: ("state, settled, why", OWN_OF_TURN),
            WORKER: ALL,
            CLOCK: ("state", ALL),
        },
    ),
    "outbox": secure(
        "outbox",
        read={SERVICES: ALL},
        add={SERVICES: ALL},
        change={WORKER: ALL},
        remove={CLOCK: ALL},
    ),
    "digests": secure(
        "digests",
        read={PEOPLE: OWN, SERVICES: ALL},
        add={PEOPLE: ("person_id, day", OWN)},
        change={SERVICES: ("day", ALL)},
        remove={PEOPLE: OWN},
    ),
    "subscriptions": secure(
        "subscriptions",
        read={WORKER: ALL},
        add={WORKER: ALL},
        change={WORKER: ALL},
        remove={WORKER: ALL},
    ),
    "ticks": secure("ticks", read={CLOCK: ALL}, add={CLOCK: ALL}, remove={CLOCK: ALL}),
}

# ---- history

# What a turn is just doing is shown for consent, even where it hides the record from the person.
# Services read for receipts. What an import adds begins without a history.
EVENTS = secure(
    "events",
    read={
        REQUESTER: f"{OF_TURN} OR (table_name = 'ticket_watchers' AND app.just_left(record_id))",
        STAFF: "actor_id = {me}",
        WORKER: "turn_id IS NOT NULL",
    },
    remove={IMPORT: "surface = 'import' AND actor_id IS NULL AND at >= now()"},
)
# Of what they see, requesters read only their own changes.
OWN_EVENTS = """
CREATE POLICY own ON events AS RESTRICTIVE FOR SELECT TO desk_requester
    USING (actor_id = (SELECT app.person()));
"""

QUEUE = """
GRANT SELECT ON alembic_version TO desk_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_events,
    procrastinate_workers, procrastinate_periodic_defers TO desk_worker;
GRANT SELECT, INSERT ON procrastinate_jobs TO desk_clock;
GRANT INSERT ON procrastinate_events TO desk_clock;
DO $$ DECLARE found regclass; BEGIN
    FOR found IN SELECT oid FROM pg_class
        WHERE relname LIKE 'procrastinate\\_%' AND relkind = 'S' LOOP
        EXECUTE format('GRANT ALL ON SEQUENCE %s TO desk_worker, desk_clock', found);
    END LOOP;
END $$;
"""


def upgrade() -> None:
    op.execute(RECORD_RULES)
    for script in (*FUNCTIONS, EVENTS, OWN_EVENTS):
        op.execute(script)
    for script in (*RECORDS.values(), *CONVERSATIONS.values(), QUEUE):
        op.execute(script)


def downgrade() -> None:
    for table in (*RECORDS, *CONVERSATIONS, "events"):
        op.execute(release(table))
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM desk_worker, desk_clock")
    op.execute(
        "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM desk_worker, desk_clock, desk_import"
    )
    op.execute("DROP FUNCTION app.words_behind, app.touched_since, app.just_left, app.requested")
    op.execute("DROP FUNCTION app.person_sees, app.compile_record_rules, app.compile_function")
    op.execute("DROP FUNCTION app.sees(text, bigint), app.sees_on(text, bigint)")
    op.execute(
        "DROP FUNCTION app.sees(bigint, text, text, bigint),"
        " app.sees_on(bigint, text, text, bigint)"
    )
    op.execute("DROP TABLE app.record_rules")
