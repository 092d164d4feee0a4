"""A simulated process of the desk that dies after a given step: from then on all its I/O fails."""

import asyncio
import dataclasses
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar, copy_context
from types import SimpleNamespace
from typing import Any

import aiohttp
import psycopg
import pytest
from psycopg.pq import TransactionStatus
from psycopg.rows import scalar_row
from psycopg_pool import AsyncConnectionPool
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler

from bot import scheduled
from bot.process import open_runtime
from bot.runtime import Runtime
from bot.slack.app import build_app
from services.agent.models import Models
from services.jobs.schedule import tick
from services.settings import Settings

CURRENT: ContextVar["Process | None"] = ContextVar("process", default=None)
"""The process that a task belongs to; tasks pass it on to tasks that they start."""


class Cut(BaseException):
    """Raised by all I/O in a dead process. No `except Exception` catches it."""


class Process:
    """One process of the desk, counted in steps: requests and statements with an effect outside.

    Between two steps it only reads, so dying right after a step stands for dying anywhere before
    the next one.
    """

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.died = asyncio.Event()
        self.runtime: Runtime
        self.bolt: AsyncSlackRequestHandler
        self._dies_after: int | None = None
        self._connections: set[psycopg.AsyncConnection[Any]] = set()
        self._context = copy_context()
        self._context.run(CURRENT.set, self)

    @asynccontextmanager
    async def living(self, settings: Settings, models: Models) -> AsyncIterator[None]:
        """Run a desk from its start, where it resumes the work of dead ones, to its end."""
        begun, over = asyncio.Event(), asyncio.Event()

        async def live() -> None:
            async with open_runtime(settings, str(settings.database_url)) as opened:
                agent = dataclasses.replace(opened.agent, models=models)
                self.runtime = dataclasses.replace(opened, agent=agent)
                self.bolt = AsyncSlackRequestHandler(build_app(self.runtime))
                context: Any = SimpleNamespace(additional_context={"runtime": self.runtime})
                await scheduled.rescue(context)
                begun.set()
                await over.wait()

        life = self._task(live())
        await asyncio.wait({life, self._task(begun.wait())}, return_when=asyncio.FIRST_COMPLETED)
        try:
            yield
        finally:
            over.set()
            await asyncio.wait({life})
            if not self.died.is_set():
                life.result()

    def count(self, dies_after: int | None) -> None:
        """Count the steps from here on, up to the last one."""
        self.steps, self._dies_after = [], dies_after

    async def work(self) -> None:
        """Run all waiting jobs, or die in one of them."""
        worker = self.runtime.queue.run_worker_async(
            wait=False,
            listen_notify=False,
            install_signal_handlers=False,
            delete_jobs="successful",
            additional_context={"runtime": self.runtime},
        )
        with suppress(Cut):
            await self._task(worker)

    async def tick(self, name: str) -> None:
        """Let the clock defer a scheduled job, or die while it does."""
        runtime, period = self.runtime, scheduled.PERIODS[name]
        with suppress(Cut):
            await self._task(tick(runtime.queue, runtime.database, name, period))

    def _task(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        return asyncio.get_running_loop().create_task(work, context=self._context)

    # ---- the ways out of the process

    async def step(self, name: str, go: Callable[[], Awaitable[Any]]) -> Any:
        self._reach()
        result = await go()
        self.must_live()
        self.steps.append(name)
        self._reach()
        return result

    def _reach(self) -> None:
        if len(self.steps) == self._dies_after:
            self._die()
        self.must_live()

    def must_live(self) -> None:
        if self.died.is_set():
            raise Cut

    def uses(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.must_live()
        self._connections.add(connection)

    def _die(self) -> None:
        """Close what the process had open, as the kernel does: Postgres rolls back."""
        self.died.set()
        for connection in self._connections:
            if not connection.closed:
                with socket.socket(fileno=os.dup(connection.fileno())) as its_end:
                    its_end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patch all libraries by which the desk does I/O: psycopg, and aiohttp for Slack and the model.

    No code of the desk is named here: any new I/O of it becomes a step by itself.
    """
    _connections(monkeypatch)
    _transactions(monkeypatch)
    _requests(monkeypatch)


def _connections(monkeypatch: pytest.MonkeyPatch) -> None:
    wait, get = psycopg.AsyncConnection.wait, AsyncConnectionPool.getconn

    async def waits(connection: psycopg.AsyncConnection[Any], *given: Any, **named: Any) -> Any:
        if process := CURRENT.get():
            process.uses(connection)
        return await wait(connection, *given, **named)

    async def gets(pool: AsyncConnectionPool, *given: Any, **named: Any) -> Any:
        if process := CURRENT.get():
            process.must_live()
        return await get(pool, *given, **named)

    monkeypatch.setattr(psycopg.AsyncConnection, "wait", waits)
    monkeypatch.setattr(AsyncConnectionPool, "getconn", gets)


def _transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    commit, execute = psycopg.AsyncConnection.commit, psycopg.AsyncCursor.execute

    async def commits(connection: psycopg.AsyncConnection[Any]) -> None:
        process = CURRENT.get()
        if process is None or not await _has_written(connection):
            return await commit(connection)
        return await process.step("commit", lambda: commit(connection))

    async def executes(
        cursor: psycopg.AsyncCursor[Any], query: Any, *given: Any, **named: Any
    ) -> Any:
        """Run a self-committing statement in two steps, to have two places to die at."""
        idle = cursor.connection.info.transaction_status == TransactionStatus.IDLE
        alone = cursor.connection.autocommit and idle and not str(query).startswith("BEGIN")
        if not (CURRENT.get() and alone):
            return await execute(cursor, query, *given, **named)
        await execute(cursor.connection.cursor(), "BEGIN")
        try:
            await execute(cursor, query, *given, **named)
            await cursor.connection.commit()
        except Exception:
            await cursor.connection.rollback()
            raise
        return cursor

    monkeypatch.setattr(psycopg.AsyncConnection, "commit", commits)
    monkeypatch.setattr(psycopg.AsyncCursor, "execute", executes)


def _requests(monkeypatch: pytest.MonkeyPatch) -> None:
    request = aiohttp.ClientSession._request

    async def requests(session: aiohttp.ClientSession, method: str, url: Any, **named: Any) -> Any:
        process = CURRENT.get()
        if process is None:
            return await request(session, method, url, **named)
        name = str(url).rpartition("/")[2]
        return await process.step(name, lambda: request(session, method, url, **named))

    monkeypatch.setattr(aiohttp.ClientSession, "_request", requests)


async def _has_written(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Return whether the transaction has changed anything: only then Postgres numbers it."""
    if connection.info.transaction_status != TransactionStatus.INTRANS:
        return False
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute("SELECT pg_current_xact_id_if_assigned()")
        return await cursor.fetchone() is not None
