"""Jobs, clock and imports: a role for each, which may do what it is there for."""

from alembic import op

revision = "0009"
down_revision = "0008"

# For the owner alone: what signs in as the application cannot become an import.
ROLE = """
DO $$ BEGIN
    CREATE ROLE desk_import NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT desk_import TO CURRENT_USER;
"""

RECORDS = (
    "people",
    "teams",
    "team_members",
    "machines",
    "tickets",
    "ticket_machines",
    "ticket_watchers",
    "notes",
    "tags",
)
COUNTED = ("people", "teams", "machines", "tickets", "notes", "tags")

# It adds records, and reads and counts on no more than their ids.
IMPORT = "\n".join(
    [
        *(f"GRANT INSERT ON {table} TO desk_import;" for table in RECORDS),
        *(f"GRANT SELECT (id) ON {table} TO desk_import;" for table in COUNTED),
        *(f"GRANT UPDATE ON SEQUENCE {table}_id_seq TO desk_import;" for table in COUNTED),
        *(
            f"CREATE POLICY imports ON {table} FOR ALL TO desk_import"
            " USING (true) WITH CHECK (true);"
            for table in RECORDS
        ),
        # What is loaded begins without a history: the events of the same transaction go again.
        "GRANT DELETE ON events TO desk_import;",
        "CREATE POLICY imports ON events FOR DELETE TO desk_import"
        " USING (surface = 'import' AND actor_id IS NULL AND at >= now());",
    ]
)

JOBS_AND_CLOCK = """
REVOKE ALL ON people, settings, channels, alembic_version, deliveries, threads, turns, steps,
    ticks, consents, procrastinate_jobs, procrastinate_events, procrastinate_workers,
    procrastinate_periodic_defers FROM desk_worker, desk_clock;

GRANT SELECT, INSERT (name, email, slack_id, tz), UPDATE (slack_id, role) ON people TO desk_worker;
GRANT SELECT ON channels, alembic_version TO desk_worker;
GRANT SELECT, INSERT, UPDATE ON deliveries, threads, turns, consents TO desk_worker;
GRANT SELECT, INSERT ON steps TO desk_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_events,
    procrastinate_workers, procrastinate_periodic_defers TO desk_worker;

GRANT SELECT, INSERT, DELETE ON ticks TO desk_clock;
GRANT SELECT (thread_key, state, received_at), DELETE ON deliveries TO desk_clock;
GRANT SELECT (id, key) ON threads TO desk_clock;
GRANT SELECT (id, thread_id, state, created_at) ON turns TO desk_clock;
GRANT SELECT (turn_id, state, asked_at, message_ts), UPDATE (state) ON consents TO desk_clock;
GRANT SELECT, INSERT ON procrastinate_jobs TO desk_clock;
GRANT INSERT ON procrastinate_events TO desk_clock;

DROP POLICY services ON settings;
ALTER POLICY identities ON people TO desk_worker;
ALTER POLICY services ON channels TO desk_worker;
ALTER POLICY services ON steps TO desk_worker;
ALTER POLICY services ON ticks TO desk_clock;
"""

BEFORE = """
GRANT ALL ON procrastinate_jobs, procrastinate_events, procrastinate_workers,
    procrastinate_periodic_defers TO desk_worker, desk_clock;
REVOKE ALL ON people, deliveries, threads, turns, consents FROM desk_worker, desk_clock;
GRANT SELECT, INSERT, UPDATE ON people TO desk_worker, desk_clock;
GRANT SELECT ON settings, channels, alembic_version TO desk_worker, desk_clock;
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries, threads, turns, steps, ticks, consents
    TO desk_worker, desk_clock;
CREATE POLICY services ON settings FOR SELECT TO desk_worker, desk_clock USING (true);
ALTER POLICY identities ON people TO desk_worker, desk_clock;
ALTER POLICY services ON channels TO desk_worker, desk_clock;
ALTER POLICY services ON steps TO desk_worker, desk_clock;
ALTER POLICY services ON ticks TO desk_worker, desk_clock;
"""


def upgrade() -> None:
    for script in (ROLE, IMPORT, JOBS_AND_CLOCK):
        op.execute(script)


def downgrade() -> None:
    op.execute(BEFORE)
    for table in (*RECORDS, "events"):
        op.execute(f"DROP POLICY imports ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM desk_import")
    for table in COUNTED:
        op.execute(f"REVOKE ALL ON SEQUENCE {table}_id_seq FROM desk_import")
