"""Undo no creation whose record others have used since, and restore when a ticket was closed."""

from importlib import import_module

from alembic import op

from services.storage.rights import PEOPLE, ROLES, definer

revision = "0045"
down_revision = "0044"

SEES = import_module("migrations.versions.0006_sees")
RIGHTS = import_module("migrations.versions.0006_rights")
IMPORTS = import_module("migrations.versions.0021_imports")

# As before (0006), but what was put on a new record or refers to it counts too: a ticket that was
# merged into it, or a note's tag. Whatever refers to it is a foreign key.
TOUCHED_SINCE = definer(
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
OR EXISTS (SELECT 1 FROM events e JOIN app.record_rules r ON r.table_name = e.table_name
    JOIN events newer ON newer.id > e.id AND newer.turn_id IS DISTINCT FROM e.turn_id
        AND newer.subject_type = r.type AND newer.subject_id = e.record_id
    WHERE e.id = event AND e.actor_id = app.person() AND e.verb = 'INSERT')
OR EXISTS (SELECT 1 FROM events e JOIN app.record_rules r ON r.table_name = e.table_name
    JOIN pg_constraint key ON key.contype = 'f' AND key.confrelid = e.table_name::regclass
    JOIN pg_attribute a ON a.attrelid = key.conrelid AND a.attnum = key.conkey[1]
    JOIN pg_class referring ON referring.oid = key.conrelid
    JOIN events newer ON newer.id > e.id AND newer.turn_id IS DISTINCT FROM e.turn_id
        AND newer.table_name = referring.relname
        AND e.record_id::text IN (newer.before ->> a.attname, newer.after ->> a.attname)
    WHERE e.id = event AND e.actor_id = app.person() AND e.verb = 'INSERT')
""",
    ROLES[PEOPLE],
)

OPENED = definer(
    "opened(ticket bigint)",
    "boolean",
    """
SELECT EXISTS (SELECT FROM events WHERE table_name = 'tickets' AND record_id = ticket
    AND verb = 'INSERT' AND actor_id = app.person())
""",
    ROLES[PEOPLE],
)

# A ticket goes by the hand of the person who opened it, also for somebody else.
DELETE_TICKETS = "ALTER POLICY delete_people ON tickets USING ({});"

# Of several times in the turn that is undone, the first is the one before it.
CLOSED_BEFORE = definer(
    "closed_before(ticket bigint)",
    "timestamptz",
    """
SELECT (before ->> 'closed_at')::timestamptz FROM events
    WHERE turn_id = current_setting('app.undoes')::bigint AND actor_id = app.person()
    AND table_name = 'tickets' AND record_id = ticket
    AND verb = 'UPDATE' AND before ->> 'closed_at' IS NOT NULL
    ORDER BY id LIMIT 1
""",
    ROLES[PEOPLE],
)

# As before (0021), but to undo a reopening restores the time without a right to write it.
CLOSED_AT = """
CREATE OR REPLACE FUNCTION app.keep_closed_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'Closed' THEN NEW.closed_at := NULL;
    ELSIF OLD.status <> 'Closed' AND NEW.closed_at IS NOT DISTINCT FROM OLD.closed_at THEN
        NEW.closed_at := now();
        IF coalesce(current_setting('app.undoes', true), '') <> '' THEN
            NEW.closed_at := coalesce(app.closed_before(NEW.id), now());
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    for script in (_replacing(TOUCHED_SINCE), OPENED, CLOSED_BEFORE, CLOSED_AT):
        op.execute(script)
    op.execute(DELETE_TICKETS.format(f"app.opened(id) AND {RIGHTS.YOUNG}"))


def downgrade() -> None:
    requested = RIGHTS.REQUESTED.replace("{me}", "(SELECT app.person())")
    op.execute(DELETE_TICKETS.format(f"{requested} AND {RIGHTS.YOUNG}"))
    op.execute(IMPORTS.CLOSED_AT)
    op.execute("DROP FUNCTION app.closed_before, app.opened")
    [before] = [each for each in SEES.FUNCTIONS if "app.touched_since(" in each]
    op.execute(_replacing(before))


def _replacing(function: str) -> str:
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
