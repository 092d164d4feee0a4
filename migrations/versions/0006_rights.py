"""Secure the tables: who may read and change which rows, as docs/rights.md says."""

from alembic import op

from services.storage.rights import (
    ADMIN,
    CLOCK,
    IMPORT,
    ON_RECORD,
    PEOPLE,
    REQUESTER,
    SERVICES,
    STAFF,
    WORKER,
    release,
    secure,
)

revision = "0006b"
down_revision = "0006"

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
    for script in (EVENTS, OWN_EVENTS, *RECORDS.values(), *CONVERSATIONS.values(), QUEUE):
        op.execute(script)


def downgrade() -> None:
    for table in (*RECORDS, *CONVERSATIONS, "events"):
        op.execute(release(table))
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM desk_worker, desk_clock")
    op.execute(
        "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM desk_worker, desk_clock, desk_import"
    )
