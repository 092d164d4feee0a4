"""Add where machines are, when they are expected back, and ids in other systems."""

from alembic import op

from services.storage.searching import searchable

revision = "0019"
down_revision = "0018"

MACHINES = """
ALTER TABLE machines
    ADD location text NOT NULL DEFAULT '',
    ADD purchased_on date,
    ADD expected_back date,
    ADD handed_out_at timestamptz;
CREATE INDEX machines_expected_back ON machines (expected_back) WHERE expected_back IS NOT NULL;

-- An undo restores the time, and an import may know it.
CREATE FUNCTION app.keep_handed_out_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.person_id IS DISTINCT FROM OLD.person_id
        AND NEW.handed_out_at IS NOT DISTINCT FROM OLD.handed_out_at
        AND coalesce(current_setting('app.undoes', true), '') = '' THEN
        NEW.handed_out_at := now();
    END IF;
    IF NEW.person_id IS NULL THEN
        NEW.handed_out_at := NULL;
        NEW.expected_back := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_handed_out_at BEFORE UPDATE ON machines
    FOR EACH ROW EXECUTE FUNCTION app.keep_handed_out_at();
"""

EXTERNAL_IDS = "\n".join(
    f"""
ALTER TABLE {table} ADD external_id text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX {table}_external_id ON {table} (external_id) WHERE external_id <> '';
"""
    for table in ("people", "machines", "tickets")
)

NAMES = ("name", "serial_number", "make", "model")
WORDS = ("type", "processor", "graphics_card")
HOLDER = {"person_id": "people"}
OF_TICKETS = {"requester_id": "people", "assignee_id": "people", "team_id": "teams"}
TEXTS = ("name", "description")
MACHINES_BEFORE = searchable("machines", "MAC", names=NAMES, words=WORDS, related=HOLDER)
PEOPLE_BEFORE = searchable("people", "USR", names=("name", "email"), words=("department",))
TICKETS_BEFORE = searchable("tickets", "TKT", words=("name",), document=TEXTS, related=OF_TICKETS)
SEARCHED = (
    searchable(
        "machines",
        "MAC",
        names=NAMES,
        words=(*WORDS, "location", "external_id"),
        related=HOLDER,
    ),
    searchable("people", "USR", names=("name", "email"), words=("department", "external_id")),
    searchable("tickets", "TKT", words=("name", "external_id"), document=TEXTS, related=OF_TICKETS),
)


def upgrade() -> None:
    for script in (MACHINES, EXTERNAL_IDS, *SEARCHED):
        op.execute(script)


def downgrade() -> None:
    for script in (MACHINES_BEFORE, PEOPLE_BEFORE, TICKETS_BEFORE):
        op.execute(script)
    for table in ("people", "machines", "tickets"):
        op.execute(f"ALTER TABLE {table} DROP external_id")
    op.execute("DROP TRIGGER keep_handed_out_at ON machines")
    op.execute("DROP FUNCTION app.keep_handed_out_at")
    op.execute(
        "ALTER TABLE machines DROP location, DROP purchased_on, DROP expected_back,"
        " DROP handed_out_at"
    )
