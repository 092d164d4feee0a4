"""Open and commit transactions, each as a named principal."""

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
"""Connections for single statements: each takes a millisecond."""
CONNECTION_TIMEOUT = 1.5
"""Seconds to wait for a connection: Slack gives up on a command after three."""
AWAY = (OperationalError, InterfaceError)
"""Errors of a database that is away or busy; after all others a statement would fail again."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a transaction acts as: a database role and, for people, the person."""

    role: str
    person_id: int | None = None
    turn_id: int | None = None
    surface: str = "system"


WORKER = Principal("desk_worker")
"""Deliveries, transcripts, identities and jobs; no tickets, machines or notes."""

CLOCK = Principal("desk_clock")
"""Scheduled upkeep: it forgets and reminds, follows Slack's list of people, and defers jobs."""

IMPORT = Principal("desk_import", surface="import")
"""Adds and changes records; only the owner may take its role, and the application may not."""
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
    """Yield what opens transactions as the role of imports, whose events name the source.

    While another import runs, raise `SetupError`.
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
    """Return the arguments of a pool whose connections are of the role that may do nothing."""
    return {"conninfo": login_conninfo(database_url)}


def as_worker(database_url: str) -> dict[str, Any]:
    """Return the arguments of a pool whose connections are of the worker's role."""
    return as_login(database_url) | {"kwargs": {"options": f"-c role={WORKER.role}"}}


class Executor(ABC):
    """The database itself, or a transaction in it.

    `hidden` names the columns whose values the reader must not get.
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
        """Run the statement and ignore what it returns."""
        await self.fetch_all(statement, **values)


Begin = Callable[[], AbstractAsyncContextManager[AsyncConnection[Any]]]
"""Begins a transaction on a connection, and commits it at the end of the block."""


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
        """Begin, and commit after the block; an error in it rolls back."""
        async with AsyncExitStack() as self._held:
            await self._open()
            try:
                yield
            finally:
                self._connection = None

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Commit, give the connection back for the block, and begin anew as the same principal.

        For what takes seconds, such as asking somebody else's server.
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
        """Roll back what was done and begin anew as the same principal."""
        await self.connection.execute(f"ROLLBACK; {_begin(self.principal)}", prepare=False)


class Database(Executor):
    """A source of transactions for principals and of single statements for the worker.

    Each is `within` a block of its own, entered before it takes a connection, for which it waits
    `patience` seconds at most. A task has one at a time, or tasks with one would wait for each
    other's second.
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
        """Open a transaction as `principal`; an error in the block rolls it back."""
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
    """Return the statement by which a transaction acts as the principal until its end."""
    settings = {
        "role": principal.role,
        "app.person": str(principal.person_id or ""),
        "app.turn": str(principal.turn_id or ""),
        "app.surface": principal.surface,
    }
    quoted = {name: Literal(value).as_string(None) for name, value in settings.items()}
    calls = (f"set_config('{name}', {value}, true)" for name, value in quoted.items())
    return f"SELECT {', '.join(calls)}"
