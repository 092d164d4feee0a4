"""The database is away, or a job is rescued: nothing hangs, and no job is ended twice."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError
from sqlalchemy import Engine, create_engine, make_url, text

from bot import process
from bot.slack.sentences import SORRY
from services.jobs.queue import RetryWithBackoff
from services.storage.accounts import owner_url
from tests.fixtures import PRIYA, Desk, open_desk
from tests.patient import short_waits
from tests.stories.telling import ASK, command, settled
from tests.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("impatient_jobs")


@pytest.mark.parametrize("ends", ["well", "badly"])
async def test_run_that_lost_its_job_to_a_rescue_does_not_finish_the_job(
    desk: Desk, owner: Engine, ends: str
) -> None:
    ended = asyncio.Event()

    async def slow() -> None:
        """Assign the running job to another worker, as a rescue does, and then end."""
        with owner.begin() as connection:
            other = "INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id"
            given = "UPDATE procrastinate_jobs SET attempts = attempts + 1, worker_id = :other"
            given += " WHERE task_name = 'slow'"
            connection.execute(text(given), {"other": connection.scalar(text(other))})
        ended.set()
        if ends == "badly":
            raise ZeroDivisionError

    desk.runtime.queue.task(name="slow", retry=RetryWithBackoff())(slow)
    await desk.runtime.queue.configure_task("slow").defer_async()
    await ended.wait()
    await asyncio.sleep(0.3)
    with owner.connect() as connection:
        query = "SELECT status, attempts FROM procrastinate_jobs WHERE task_name = 'slow'"
        assert connection.execute(text(query)).all() == [("doing", 1)]


@pytest.mark.parametrize("named", ["fetch_job", "finish_job"])
async def test_worker_goes_on_after_a_database_error_in_the_job_queue(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    method = "execute_query_one_async" if named == "fetch_job" else "execute_query_async"
    ask = getattr(PsycopgConnector, method)
    lost: list[str] = []

    async def lose_one(self: PsycopgConnector, query: str, **arguments: Any) -> Any:
        if named in query and not lost:
            lost.append(query)
            raise ConnectorException from OperationalError("server closed the connection")
        return await ask(self, query, **arguments)

    monkeypatch.setattr(PsycopgConnector, method, lose_one)
    await desk.ask(PRIYA, ASK)
    assert "MAC-5" in str((await desk.ask(PRIYA, ASK)).blocks)
    await settled(desk)
    assert lost


@contextmanager
def database_away(server: str, database: str) -> Iterator[None]:
    """Refuse connections during the block, and end those that are open."""
    name = make_url(database).database
    elsewhere = create_engine(owner_url(server), isolation_level="AUTOCOMMIT")
    with elsewhere.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        connection.execute(ended, {"name": name})
        with short_waits():
            yield
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    elsewhere.dispose()


async def test_command_is_answered_in_time_while_the_database_is_away(
    desk: Desk, server: str, fresh_database: str
) -> None:
    await desk.ask(PRIYA, ASK)
    with database_away(server, fresh_database):
        assert SORRY in await command(desk, PRIYA, "help")
    assert "record's card" in await command(desk, PRIYA, "help")


class Silent:
    """A model that says nothing, ever."""

    name = "silent"

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def accepts(self, messages: list[Any]) -> bool:
        return True

    async def complete(
        self, messages: list[Any], tools: list[Any], _: Any = None
    ) -> dict[str, Any]:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_process_can_be_stopped_during_a_turn_while_the_database_is_away(
    server: str, fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "DRAIN_SECONDS", 0.5)
    # Longer than a fetch of jobs waits for the database: only then is the turn cancelled.
    monkeypatch.setattr(process, "CLEANUP_SECONDS", 2.0)
    async with AsyncExitStack() as stack:
        stopping = await stack.enter_async_context(AsyncExitStack())
        model = Silent()
        desk = await stopping.enter_async_context(open_desk(fresh_database, tmp_path, model))
        await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "take your time")
        await model.asked.wait()
        stack.enter_context(database_away(server, fresh_database))
        async with asyncio.timeout(PATIENCE):
            await stopping.aclose()
