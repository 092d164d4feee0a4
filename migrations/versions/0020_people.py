"""Add titles, locations and managers of people; let authors edit their notes."""

from alembic import op

from services.storage.rights import ME, PEOPLE, ROLES, STAFF
from services.storage.searching import searchable

revision = "0020"
down_revision = "0019"

EDITED_BY_STAFF = "department, job_title, location, manager_id"

# Deferred, as a list of people may name a manager before they are in it.
COLUMNS = f"""
ALTER TABLE people
    ADD job_title text NOT NULL DEFAULT '',
    ADD location text NOT NULL DEFAULT '',
    ADD manager_id bigint REFERENCES people DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX people_of_manager ON people (manager_id);
GRANT UPDATE ({EDITED_BY_STAFF}) ON people TO {ROLES[STAFF]};
CREATE POLICY update_technician ON people FOR UPDATE TO desk_technician USING (true);
"""

# Updates obey the policies for reading too, and an undo restores the time.
NOTES = f"""
ALTER TABLE notes ADD edited_at timestamptz;
CREATE FUNCTION app.keep_edited_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('app.undoes', true), '') = '' THEN NEW.edited_at := now(); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_edited_at BEFORE UPDATE OF text ON notes
    FOR EACH ROW EXECUTE FUNCTION app.keep_edited_at();
GRANT UPDATE (text, edited_at) ON notes TO {ROLES[PEOPLE]};
CREATE POLICY update_people ON notes FOR UPDATE TO {ROLES[PEOPLE]} USING (author_id = {ME});
"""

NAMES, WORDS = ("name", "email"), ("department", "external_id")
BEFORE = searchable("people", "USR", names=NAMES, words=WORDS)
SEARCHED = searchable("people", "USR", names=NAMES, words=(*WORDS, "job_title", "location"))


def upgrade() -> None:
    for script in (COLUMNS, NOTES, SEARCHED):
        op.execute(script)


def downgrade() -> None:
    op.execute(BEFORE)
    op.execute("DROP POLICY update_people ON notes")
    op.execute(f"REVOKE UPDATE (text) ON notes FROM {ROLES[PEOPLE]}")
    op.execute("DROP TRIGGER keep_edited_at ON notes")
    op.execute("DROP FUNCTION app.keep_edited_at")
    op.execute("ALTER TABLE notes DROP edited_at")
    op.execute("DROP POLICY update_technician ON people")
    op.execute(f"REVOKE UPDATE (department) ON people FROM {ROLES[STAFF]}")
    op.execute("GRANT UPDATE (department) ON people TO desk_admin")
    op.execute("ALTER TABLE people DROP job_title, DROP location, DROP manager_id")
