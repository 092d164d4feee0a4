"""The database roles of jobs, scheduler and imports allow their work and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from procrastinate import JobContext
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from bot import scheduled
from services.delivery.deliveries import ANSWER
from services.demo import load_demo
from services.errors import SetupError
from services.jobs.queue import make_queue
from services.jobs.schedule import tick
from services.storage.accounts import login_url, owner_url
from services.storage.database import CLOCK, IMPORT, WORKER, Database, importing
from services.storage.migrate import migrate
from services.storage.postgres import embedded
from tests.fixtures import MARCUS
from tests.rights.sql import PEOPLE
from tests.rights.world import World

REFUSED = {
    WORKER.role: (
        "SELECT * FROM tickets",
        "SELECT * FROM machines",
        "SELECT * FROM notes",
        "SELECT * FROM tags",
        "SELECT * FROM ticket_watchers",
        "SELECT * FROM settings",
        "SELECT * FROM ticks",
        "INSERT INTO people (name, email, role) VALUES ('x', 'x@x.example', 'admin')",
        "UPDATE people SET email = 'x@x.example'",
        "UPDATE people SET active = true",
        "INSERT INTO channels VALUES ('C1', true)",
        "UPDATE steps SET message = '{}'",
        "DELETE FROM threads",
        "SELECT app.delete_old_threads(1)",
        "DELETE FROM steps",
        "DELETE FROM turns",
        "DELETE FROM deliveries",
        "INSERT INTO events (surface, verb, table_name) VALUES ('x', 'INSERT', 'people')",
        "DELETE FROM events",
        "UPDATE sessions SET person_id = 2",
        "INSERT INTO passes (hash, person_id, path) VALUES ('x', 2, '/')",
        "UPDATE passes SET person_id = 2",
        "UPDATE models SET keeps_nothing = true",
        "SELECT * FROM spending",
        "INSERT INTO preferences VALUES (2, 'm')",
    ),
    CLOCK.role: (
        "SELECT * FROM tickets",
        "SELECT * FROM notes",
        "INSERT INTO people (name, email, role) VALUES ('x', 'x@x.example', 'admin')",
        "DELETE FROM people",
        "SELECT * FROM steps",
        "SELECT * FROM settings",
        "SELECT * FROM events",
        "SELECT event FROM deliveries",
        "SELECT answer FROM turns",
        "SELECT hash FROM passes",
        "SELECT person_id FROM sessions",
        "INSERT INTO sessions (hash, person_id) VALUES ('x', 1)",
        "DELETE FROM threads",
        "DELETE FROM turns",
        "SELECT app.delete_words('x', 'x')",
        "SELECT changes FROM consents",
        "SELECT * FROM models",
        "SELECT * FROM preferences",
        "INSERT INTO turns (thread_id, audience) VALUES (1, 'private')",
        "UPDATE turns SET state = 'answered'",
        "UPDATE deliveries SET event = '{}'",
        "INSERT INTO deliveries (key, thread_key, event) VALUES ('x', 'x', '{}')",
        "UPDATE consents SET changes = '[]'",
        "UPDATE procrastinate_jobs SET status = 'todo'",
        "DELETE FROM procrastinate_jobs",
    ),
    IMPORT.role: (
        "SELECT text FROM notes",
        "SELECT value FROM tags",
        "SELECT * FROM ticket_watchers",
        "UPDATE people SET role = 'admin'",
        "UPDATE people SET slack_id = 'U1'",
        "DELETE FROM teams",
        "UPDATE notes SET text = 'x'",
        "DELETE FROM tickets",
        "DELETE FROM machines",
        "DELETE FROM people",
        "DELETE FROM notes",
        "SELECT * FROM events",
        "UPDATE imports SET rows = 0",
        "SELECT * FROM steps",
        "SELECT * FROM deliveries",
        "SELECT * FROM procrastinate_jobs",
        "INSERT INTO settings VALUES ('turns_per_person', '1')",
        "INSERT INTO channels VALUES ('C1', true)",
        "CREATE TABLE mine (id int)",
    ),
}


@pytest.fixture
def owner(world: World) -> Iterator[Connection]:
    """Yield a transaction of the owner that is rolled back."""
    engine = create_engine(owner_url(world.url))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def become(connection: Connection, role: str) -> None:
    connection.execute(text("SELECT set_config('role', :role, true)"), {"role": role})


@pytest.mark.parametrize(
    ("role", "statement"), [(role, each) for role, these in REFUSED.items() for each in these]
)
def test_worker_and_clock_roles_are_refused_beyond_their_rights(
    owner: Connection, role: str, statement: str
) -> None:
    become(owner, role)
    with pytest.raises(DBAPIError) as refusal:
        owner.execute(text(statement))
    assert isinstance(refusal.value.orig, InsufficientPrivilege)


@pytest.mark.parametrize("role", [*PEOPLE, WORKER.role, CLOCK.role, "desk_login"])
def test_application_login_cannot_take_the_import_or_owner_role(world: World, role: str) -> None:
    login = create_engine(login_url(world.url))
    for wanted in (IMPORT.role, str(make_url(world.url).username)):
        with login.connect() as connection:
            become(connection, role)
            with pytest.raises(DBAPIError, match="permission denied to set role"):
                become(connection, wanted)
    login.dispose()


async def test_scheduled_jobs_run_within_their_rights(
    fresh_database: str, database: Database
) -> None:
    queue = make_queue(fresh_database)
    settings = SimpleNamespace(transcript_days=90)
    runtime = SimpleNamespace(database=database, queue=queue, settings=settings)
    context = cast(JobContext, SimpleNamespace(additional_context={"runtime": runtime}))
    engine = create_engine(owner_url(fresh_database))
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO deliveries (key, thread_key, event, state, received_at) VALUES"
                " ('new', 'forgotten', '{}', 'waiting', now() - interval '1 minute'),"
                " ('old', 'done', '{}', 'taken', now() - interval '8 days')"
            )
        )
    for name, period in scheduled.PERIODS.items():
        assert await tick(queue, database, name, period)
        if name != "synchronise":  # that needs Slack: see tests/stories/test_directory.py
            await getattr(scheduled, name)(context)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT key FROM deliveries")).scalars().all() == ["new"]
        jobs = connection.execute(text("SELECT task_name, lock FROM procrastinate_jobs")).all()
    engine.dispose()
    assert set(jobs) == {(ANSWER, "forgotten"), *((name, None) for name in scheduled.PERIODS)}


def test_import_deletes_only_its_own_events(fresh_database: str) -> None:
    change = text("UPDATE people SET department = 'Moved' WHERE id = :id")
    engine = create_engine(owner_url(fresh_database))
    with engine.begin() as connection:
        connection.execute(change, {"id": MARCUS})
    with importing(fresh_database) as connection:
        connection.execute(text("INSERT INTO teams (name) VALUES ('Imported')"))
        assert connection.execute(text("DELETE FROM events")).rowcount == 1
    with engine.begin() as connection:
        kept = connection.scalars(text("SELECT record_id FROM events ORDER BY id DESC LIMIT 1"))
        assert kept.all() == [MARCUS]
    engine.dispose()


def test_owner_without_superuser_migrates_and_imports(tmp_path: Path) -> None:
    """Uses a new server, because database roles belong to the account that created them first."""
    with embedded(tmp_path, durable=False) as url:
        superuser = create_engine(owner_url(url), isolation_level="AUTOCOMMIT")
        with superuser.connect() as connection:
            connection.execute(text("CREATE ROLE company LOGIN CREATEROLE PASSWORD 'secret'"))
            connection.execute(text("CREATE DATABASE company OWNER company"))
        own = make_url(url).set(username="company", password="secret", database="company")
        theirs = own.render_as_string(hide_password=False)
        migrate(theirs)
        assert load_demo(theirs)
        with superuser.connect() as connection:
            connection.execute(text("ALTER ROLE company NOCREATEROLE"))
        with pytest.raises(SetupError, match=r"permission denied to alter role.*CREATEROLE"):
            migrate(theirs)
        superuser.dispose()
