"""Run transactions, each as a principal: a database role and maybe a person."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass
from functools import partial
from typing import Any

from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.sql import Literal
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Executable, create_engine
from sqlalchemy.engine import Connection

from services.errors import SetupError
from services.storage.accounts import as_owner, login_conninfo, owner_url
from services.storage.statements import Row, pool_of, run

ALONE = 4
"""The number of connections for single statements. Few are enough: a statement takes about a
millisecond."""
CONNECTION_TIMEOUT = 1.5
"""The maximum seconds to wait for a connection. Slack waits three seconds for the answer to a
command."""
AWAY = (OperationalError, InterfaceError)
"""Errors of an unreachable or busy database; after any other, a retry would fail too."""


@dataclass(frozen=True, slots=True)
class Principal:
    """As whom a transaction runs: a database role and, for people, the person."""

    role: str
    person_id: int | None = None
    turn_id: int | None = None
    surface: str = "system"


WORKER = Principal("desk_worker")
"""The principal of jobs: it uses deliveries, transcripts and people, but no tickets or notes."""

CLOCK = Principal("desk_clock")
"""The principal of scheduled jobs: it deletes old data, sends digests and updates people."""

IMPORT = Principal("desk_import", surface="import")
"""The principal of imports; only the owner may act as it, not the application."""
_IMPORT_LOCK = 0x696D7074  # "impt"


@contextmanager
def importing(database_url: str) -> Iterator[Connection]:
    """Open one transaction as the role of imports."""
    with as_owner(database_url) as connection:
        connection.exec_driver_sql(_become(IMPORT))
        yield connection


@contextmanager
def import_of(
    database_url: str, source: str
) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
    """Yield a function that opens transactions of an import; their events name the source.

    Raises `SetupError` while another import runs.
    """
    engine = create_engine(owner_url(database_url), hide_parameters=True)
    named = Literal(source).as_string(None)

    @contextmanager
    def transaction() -> Iterator[Connection]:
        with engine.begin() as connection:
            connection.exec_driver_sql(_become(IMPORT))
            connection.exec_driver_sql(f"SELECT set_config('app.source', {named}, true)")
            yield connection

    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
            if not guard.exec_driver_sql(f"SELECT pg_try_advisory_lock({_IMPORT_LOCK})").scalar():
                raise SetupError("Another import is running: wait for its end, then start again.")
            try:
                yield transaction
            finally:  # now, and not when the server notices that the connection is closed
                guard.exec_driver_sql(f"SELECT pg_advisory_unlock({_IMPORT_LOCK})")
    finally:
        engine.dispose()


def as_login(database_url: str) -> dict[str, Any]:
    """Return the arguments of a pool that connects as the login, which has no rights itself."""
    return {"conninfo": login_conninfo(database_url)}


def as_worker(database_url: str) -> dict[str, Any]:
    """Return the arguments of a pool that connects under the worker's role."""
    return as_login(database_url) | {"kwargs": {"options": f"-c role={WORKER.role}"}}


class Executor(ABC):
    """What runs statements: the database, or an open transaction.

    `hidden` names the columns that admins hide from the reader, a language model.
    """

    __slots__ = ()
    hidden: frozenset[str] = frozenset()

    @abstractmethod
    async def fetch_all(self, statement: Executable, **values: Any) -> list[Row]:
        """Run the statement and return its rows as dictionaries.

        A statement is compiled once and cached, so build the frequent ones once too.
        """

    async def fetch_one(self, statement: Executable, **values: Any) -> Row | None:
        """Return the first row, or None."""
        rows = await self.fetch_all(statement, **values)
        return rows[0] if rows else None

    async def execute(self, statement: Executable, **values: Any) -> None:
        """Run the statement and ignore its rows."""
        await self.fetch_all(statement, **values)


Begin = Callable[[], AbstractAsyncContextManager[AsyncConnection[Any]]]
"""A function that begins a transaction, and commits it at the end of the block."""


class Transaction(Executor):
    """An open transaction of a principal; raises after commit or rollback."""

    def __init__(self, principal: Principal, begin: Begin) -> None:
        self.principal = principal
        self._begin = begin
        self._connection: AsyncConnection[Any] | None = None

    @property
    def connection(self) -> AsyncConnection[Any]:
        if self._connection is None:  # it has gone back to the pool
            raise RuntimeError("This transaction has ended.")
        return self._connection

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Begin, and commit after the block, or roll back if it raises."""
        async with AsyncExitStack() as self._held:
            await self._open()
            try:
                yield
            finally:
                self._connection = None

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Commit, return the connection to the pool for the block, and begin anew after it.

        For blocks that take seconds, such as a request to another server.
        """
        self._connection = None
        await self._held.aclose()
        yield
        await self._open()

    async def _open(self) -> None:
        self._connection = await self._held.enter_async_context(self._begin())

    async def fetch_all(self, statement: Executable, **values: Any) -> list[Row]:
        return await run(self.connection, statement, values)

    async def restart(self) -> None:
        """Roll back, and begin again as the same principal."""
        await self.connection.execute(f"ROLLBACK; {_begin(self.principal)}", prepare=False)


class Database(Executor):
    """Opens transactions of principals, and runs single statements as the worker.

    `within`: a context manager around each transaction and each single statement, entered before
    it takes a connection. It can wait, to limit how many run.
    `patience`: the maximum seconds to wait for a connection.
    A task may have only one connection at a time: tasks that hold one and wait for a second could
    block each other.
    """

    def __init__(
        self,
        database_url: str,
        connections: int = 20,
        within: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
        patience: float = CONNECTION_TIMEOUT,
    ) -> None:
        self._within, self._patience = within, patience
        self._of_transactions = _pool(as_login(database_url), connections)
        self._of_statements = _pool(as_worker(database_url), ALONE)
        self._served: set[asyncio.Task[Any] | None] = set()

    @asynccontextmanager
    async def transaction(self, principal: Principal) -> AsyncIterator[Transaction]:
        """Open a transaction as `principal`; roll it back if the block raises."""
        transaction = Transaction(principal, partial(self._begun, principal))
        async with transaction.opened():
            yield transaction

    @asynccontextmanager
    async def _begun(self, principal: Principal) -> AsyncIterator[AsyncConnection[Any]]:
        async with self._connected(self._of_transactions) as connection:
            # In one round trip; Postgres takes two statements at once only if nothing prepares it.
            await connection.execute(_begin(principal), prepare=False)
            yield connection
            await connection.commit()

    async def fetch_all(self, statement: Executable, **values: Any) -> list[Row]:
        """Run one statement as the worker; it is committed when this returns."""
        async with self._connected(self._of_statements) as connection:
            return await run(connection, statement, values)

    @asynccontextmanager
    async def _connected(self, pool: AsyncConnectionPool) -> AsyncIterator[AsyncConnection[Any]]:
        if pool.closed:
            await pool.open()
        task = asyncio.current_task()
        if task in self._served:
            raise RuntimeError("A transaction is open in this task: run the statement in it.")
        self._served.add(task)
        try:
            async with self._within(), pool.connection(self._patience) as connection:
                yield connection
        finally:
            self._served.remove(task)

    async def close(self) -> None:
        await self._of_transactions.close()
        await self._of_statements.close()


def _pool(connections: dict[str, Any], most: int) -> AsyncConnectionPool:
    return pool_of(
        **connections,
        min_size=0,
        max_size=most,
        reconnect_timeout=0,  # the next caller tries
        open=False,
    )


def _begin(principal: Principal) -> str:
    return f"BEGIN; {_become(principal)}"


def _become(principal: Principal) -> str:
    """Return the statement that makes the transaction run as the principal until its end."""
    settings = {
        "role": principal.role,
        "app.person": str(principal.person_id or ""),
        "app.turn": str(principal.turn_id or ""),
        "app.surface": principal.surface,
    }
    quoted = {name: Literal(value).as_string(None) for name, value in settings.items()}
    calls = (f"set_config('{name}', {value}, true)" for name, value in quoted.items())
    return f"SELECT {', '.join(calls)}"
