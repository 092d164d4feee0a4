"""Fixtures of all tests: a real Postgres, the demo company, a desk with an imitation of Slack."""

import dataclasses
import functools
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import Engine, create_engine, insert, make_url, text
from starlette.routing import Mount

from bot.cli.demo import make_workspace
from bot.cli.serve import web_view
from bot.playground import Workspace, playground
from bot.process import open_runtime, working
from bot.runtime import Runtime
from bot.site import Site
from bot.slack.api.http import slack_routes
from bot.slack.app import build_app
from services.agent.models import FixedModels
from services.agent.provider import Model
from services.agent.transcript import Delivery
from services.context import Actor, Audience, Context, Role, acting
from services.demo import load_demo
from services.entities.registry import ENTITY_TYPES
from services.settings import Settings
from services.storage.accounts import owner_url
from services.storage.database import Database
from services.storage.migrate import is_current, migrate
from services.storage.postgres import embedded

PRIYA, DANIEL, MARCUS, HELENA, EMRE = 5, 6, 2, 1, 22
IN_DEMO = {
    prefix: kind
    for prefix, kind in ENTITY_TYPES.items()
    if files("services.demo").joinpath(f"{kind.__tablename__}.csv").is_file()
}
"""The types of the records that the demo has, by prefix."""
"""A requester, a technician, an admin, the CEO and the intern of the demo company."""

# The richer tracebacks that structlog draws by default cost half a second each.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# Each client of a model reads the certificates, and they are always the same.
ssl.create_default_context = functools.cache(ssl.create_default_context)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return one Postgres for all test processes, with the demo company in a template."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if shared.name.startswith("popen-") else shared
    with embedded(shared / "server", durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """Return the name of a migrated database with demo data; the first process makes it."""
    owner = create_engine(owner_url(server), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(1)"))
        try:
            known = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = 'template'"))
            if not known:
                connection.execute(text("CREATE DATABASE making"))
                making = _named(server, "making")
                migrate(making)
                load_demo(making)
                connection.execute(text("ALTER DATABASE making RENAME TO template"))
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(1)"))
    owner.dispose()
    return "template"


def _named(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)


class _Origin:
    """A database that is reset after each test to its first content: cheaper than a copy."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine(owner_url(url), pool_pre_ping=True)
        with self._cursor() as cursor:
            cursor.execute(_TABLES)
            self.rows = {table: self._read(cursor, table) for (table,) in cursor.fetchall()}
            self.versions = self._versions(cursor)
            cursor.execute(_NUMBERS)
            self.numbers = ", ".join(number for (number,) in cursor.fetchall())

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        with self.engine.begin() as connection:
            yield connection.connection.cursor()

    @staticmethod
    def _read(cursor: Any, table: str) -> bytes:
        with cursor.copy(f"COPY {table} TO STDOUT") as copy:
            return b"".join(copy)

    def _versions(self, cursor: Any) -> set[tuple[str, str]]:
        """Return the system column xmin of each table's rows: every write changes one."""
        rows = "SELECT '{0}', string_agg(ctid || ' ' || xmin, ',') FROM {0}"
        cursor.execute(" UNION ALL ".join(rows.format(table) for table in self.rows))
        return set(cursor.fetchall())

    def restore(self) -> None:
        with self._cursor() as cursor:
            cursor.execute(_END_OTHERS)
            cursor.execute(f"LOCK TABLE {', '.join(self.rows)} IN SHARE MODE")  # they have ended
            cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger, no order
            for table, _ in self._versions(cursor) - self.versions:
                cursor.execute(f"DELETE FROM {table}")
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(self.rows[table])
            cursor.execute(f"SELECT {self.numbers}")
            self.versions = self._versions(cursor)


_TABLES = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('public', 'app')
"""
_NUMBERS = """
SELECT format('setval(%L, %s, %L)', schemaname || '.' || sequencename,
    coalesce(last_value, 1), last_value IS NOT NULL) FROM pg_sequences
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session")
def origin(server: str, template: str) -> Iterator[_Origin]:
    """Return the database of this test process."""
    with copied(server, template, "test") as url:
        origin = _Origin(url)
        yield origin
        origin.engine.dispose()


@contextmanager
def copied(server: str, template: str, name: str) -> Iterator[str]:
    """Return a copy of the template for one test process."""
    name = f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    owner = create_engine(owner_url(server), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(2)"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        connection.execute(text("SELECT pg_advisory_unlock(2)"))
        yield _named(server, name)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    owner.dispose()


@pytest.fixture
def fresh_database(origin: _Origin) -> Iterator[str]:
    """A database with the demo's data, for the test alone."""
    yield origin.url
    origin.restore()


@pytest.fixture
def owner(origin: _Origin, fresh_database: str) -> Engine:
    """The test's database as its owner, who sees all of it."""
    return origin.engine


@pytest.fixture
async def database(fresh_database: str) -> AsyncIterator[Database]:
    database = Database(fresh_database)
    yield database
    await database.close()


async def delivered(database: Database, key: str, event: dict[str, Any]) -> Delivery:
    """Store a message in a thread of a direct conversation, waiting for its turn."""
    made = insert(Delivery).values(key=key, thread_key="T:D:1", event=event)
    [row] = await database.fetch_all(made.returning(*Delivery.__table__.c))
    return Delivery(**row)


@pytest.fixture
def acting_as(database: Database) -> Callable[..., Any]:
    """`async with acting_as(PRIYA) as ctx`: a context of the person, in private by default."""
    roles = {PRIYA: Role.requester, DANIEL: Role.technician, MARCUS: Role.admin}

    @asynccontextmanager
    async def act(
        person: int, role: Role | None = None, audience: Audience = Audience.private
    ) -> AsyncIterator[Context]:
        actor = Actor(person, role or roles.get(person, Role.requester), audience, "test")
        async with acting(database, actor) as ctx:
            yield ctx

    return act


class Desk:
    """The whole desk over HTTP, connected to an imitation of Slack."""

    def __init__(self, workspace: Workspace, runtime: Runtime) -> None:
        self.slack = workspace
        self.runtime = runtime

    @staticmethod
    def user(person: int) -> str:
        return f"U{person:08d}"

    async def direct(self, person: int) -> str:
        return (await self.slack.dm(self.user(person))).id

    async def ask(
        self, person: int, words: str, channel: str | None = None, thread: str | None = None
    ) -> Any:
        """Say something to the bot and wait for its answer, which is returned."""
        place = channel or await self.direct(person)
        said = await self.slack.say(self.user(person), place, words, thread)
        return await self.answer_to(said)

    async def answer_to(self, said: Any) -> Any:
        root = said.thread_ts or said.ts
        after = float(said.ts)

        def answered() -> Any:
            replies = self.slack.replies(said.channel, root)
            later = [each for each in replies if each.from_bot and float(each.ts) > after]
            # Under load a turn may show that it is still at work, which is no answer.
            ours = [each for each in later if "Stop" not in each.buttons]
            return ours[-1] if ours else None

        return await self.slack.until(answered)


@asynccontextmanager
async def open_slack(
    database_url: str, data_dir: Path, **settings: Any
) -> AsyncIterator[tuple[Workspace, Site, Settings]]:
    """Open an imitation of Slack on a free port."""
    site_settings = Settings.load(
        _env_file=None, port=_free_port(), data_dir=data_dir, database_url=database_url, **settings
    )
    workspace = make_workspace(f"http://127.0.0.1:{site_settings.port}")
    site = Site(site_settings)
    site.put([Mount("/playground", playground(workspace))])
    ours = {
        "slack_api_url": f"{workspace.url}/api/",
        "slack_bot_token": workspace.bot_token,
        "slack_signing_secret": workspace.signing_secret,
    }
    async with site.running():
        try:
            yield workspace, site, site_settings.model_copy(update=ours)
        finally:
            await workspace.close()


@asynccontextmanager
async def open_desk(
    database_url: str, data_dir: Path, model: Model | None = None, **settings: Any
) -> AsyncIterator[Desk]:
    """Open a desk on a free port; `model` replaces the one of the settings."""
    async with AsyncExitStack() as stack:
        workspace, site, ours = await stack.enter_async_context(
            open_slack(database_url, data_dir, **settings)
        )
        runtime = await stack.enter_async_context(open_runtime(ours, database_url))
        if model:
            agent = dataclasses.replace(runtime.agent, models=FixedModels([model]))
            runtime = dataclasses.replace(runtime, agent=agent)

        async def healthy() -> bool:
            return await is_current(runtime.database)

        site.put(slack_routes(build_app(runtime), ours))
        site.put(web_view(runtime, healthy))
        await stack.enter_async_context(working(runtime))
        yield Desk(workspace, runtime)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def desk(fresh_database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(fresh_database, tmp_path) as desk:
        yield desk
