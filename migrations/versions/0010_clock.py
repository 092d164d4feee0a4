"""Who has left Slack, who gets a morning digest, and why an approved change was not made."""

from alembic import op

revision = "0010"
down_revision = "0009"

PEOPLE = "desk_requester, desk_technician, desk_admin"
SERVICES = "desk_worker, desk_clock"
OWN = "person_id = (SELECT app.person())"

LEFT = """
ALTER TABLE people ADD left_at timestamptz;
COMMENT ON COLUMN people.left_at IS
    'Slack switched the account off: they return with it, unlike whom an admin switched off here';
GRANT SELECT, INSERT (name, email, slack_id, tz), UPDATE (name, email, slack_id, tz, department,
    active, left_at, role) ON people TO desk_clock;
ALTER POLICY identities ON people TO desk_worker, desk_clock;
"""

DIGESTS = f"""
CREATE TABLE digests (
    person_id bigint PRIMARY KEY REFERENCES people ON DELETE CASCADE,
    day date NOT NULL,
    posting_at timestamptz
);
COMMENT ON TABLE digests IS 'the people who have switched their morning digest on';
COMMENT ON COLUMN digests.day IS 'the last day, by their own clock, for which it was begun';
GRANT SELECT, INSERT (person_id, day), DELETE ON digests TO {PEOPLE};
GRANT SELECT, UPDATE (day, posting_at) ON digests TO {SERVICES};
ALTER TABLE digests ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON digests FOR ALL TO {PEOPLE} USING ({OWN}) WITH CHECK ({OWN});
CREATE POLICY services ON digests FOR ALL TO {SERVICES} USING (true) WITH CHECK (true);
"""

CONSENTS = f"""
ALTER TABLE consents ADD why text,
    DROP CONSTRAINT consents_state_check, ADD CONSTRAINT consents_state_check CHECK (state IN
        ('asked', 'approved', 'done', 'stale', 'failed', 'refused', 'expired', 'withdrawn'));
COMMENT ON COLUMN consents.why IS 'what the tool said when it failed though it was approved';
GRANT UPDATE (why) ON consents TO {PEOPLE};
"""


def upgrade() -> None:
    for script in (LEFT, DIGESTS, CONSENTS):
        op.execute(script)


def downgrade() -> None:
    op.execute("""
        UPDATE consents SET state = 'stale' WHERE state = 'failed';
        ALTER TABLE consents DROP why,
            DROP CONSTRAINT consents_state_check, ADD CONSTRAINT consents_state_check CHECK
            (state IN ('asked', 'approved', 'done', 'stale', 'refused', 'expired', 'withdrawn'));
        DROP TABLE digests;
        ALTER POLICY identities ON people TO desk_worker;
        REVOKE ALL ON people FROM desk_clock;
        ALTER TABLE people DROP left_at;
    """)
