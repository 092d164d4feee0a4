"""Transactions: the one place that opens and commits them, each under a named principal."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass
from typing import Any

from psycopg.sql import Literal
from sqlalchemy import URL, Executable, create_engine, event, make_url
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction

from services.storage.single import Row, has_ended, run, single_pool, without_details

LOGIN_ROLE = "desk_login"
ALONE = 4
"""Connections for single statements: each takes a millisecond."""
SAID_TO_BE_AWAY = 1.5
"""Seconds after which a database that is not there is waited for no more: Slack gives up on a
command after three."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a transaction acts as: a database role, and for people also which person."""

    role: str
    person_id: int | None = None
    turn_id: int | None = None
    surface: str = "system"


WORKER = Principal("desk_worker")
"""Deliveries, transcripts, identities and jobs; no tickets, machines or notes."""

CLOCK = Principal("desk_clock")
"""Scheduled upkeep: it forgets and reminds, follows Slack's list of people, and defers jobs."""

IMPORT = Principal("desk_import", surface="import")
"""Adds records and reads none; only the owner may take its role, and the application may not."""


def owner_url(database_url: str) -> URL:
    """The URL that migrations run under; it owns every table."""
    return make_url(database_url).set(drivername="postgresql+psycopg")


@contextmanager
def as_owner(database_url: str) -> Iterator[Connection]:
    """One transaction as the owner, whom no policy stops: migrations and the command line."""
    engine = create_engine(owner_url(database_url), hide_parameters=True)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def importing(database_url: str) -> Iterator[Connection]:
    """One transaction under the role of imports."""
    with as_owner(database_url) as connection:
        connection.exec_driver_sql(_become(IMPORT))
        yield connection


def login_password(database_url: str) -> str:
    """The login role's password, the same on every replica that knows the owner's URL."""
    secret = make_url(database_url).password or ""
    return hmac.new(str(secret).encode(), LOGIN_ROLE.encode(), hashlib.sha256).hexdigest()


def login_url(database_url: str) -> URL:
    """The URL the application runs under: a role that owns nothing and may read nothing."""
    return owner_url(database_url).set(username=LOGIN_ROLE, password=login_password(database_url))


def worker_alone(database_url: str) -> dict[str, Any]:
    """The connections of `single_pool` under the role of the worker."""
    conninfo = login_url(database_url).set(drivername="postgresql").render_as_string(False)
    return {"conninfo": conninfo, "kwargs": {"options": f"-c role={WORKER.role}"}}


class Database:
    """Transactions, opened only for a principal, and single statements of the worker.

    Each is `within` a block of its own, entered before it takes a connection.
    """

    def __init__(
        self,
        database_url: str,
        connections: int = 20,
        within: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> None:
        self._within = within
        self.engine = create_async_engine(
            login_url(database_url),
            pool_size=connections,
            max_overflow=0,
            hide_parameters=True,  # else errors repeat them
            isolation_level="AUTOCOMMIT",  # `transaction` says BEGIN itself
        )
        event.listen(self.engine.sync_engine, "checkout", _not_ended)
        self._single = single_pool(
            **worker_alone(database_url),
            min_size=0,
            max_size=ALONE,
            timeout=SAID_TO_BE_AWAY,
            reconnect_timeout=0,  # by whoever asks next
            open=False,
        )

    @asynccontextmanager
    async def transaction(self, principal: Principal) -> AsyncIterator[AsyncSession]:
        """One transaction as `principal`: committed at the end of the block, else rolled back."""
        async with self._within(), self.engine.connect() as connection:
            # In one round trip; without parameters, since Postgres takes two statements only so.
            begin = f"BEGIN; {_become(principal)}"
            await connection.exec_driver_sql(begin, execution_options={"no_parameters": True})
            given = {"principal": principal}
            async with AsyncSession(connection, expire_on_commit=False, info=given) as session:
                yield session
                await session.flush()
            await connection.commit()

    async def ask(self, statement: Executable, **values: Any) -> list[Row]:
        """One statement as the worker: what it returns, by columns, and it is committed.

        It is put into words once, so it has to be made once too. Records as psycopg knows them.
        """
        await self._single.open()
        async with self._within(), self._single.connection() as connection:
            return await run(connection, statement, values)

    async def close(self) -> None:
        await self._single.close()
        await self.engine.dispose()


def _not_ended(connection: Any, record: object, proxy: object) -> None:
    if has_ended(connection.driver_connection):
        raise InvalidatePoolError


async def driver(session: AsyncSession) -> Any:
    """The connection of the session's transaction, as psycopg knows it."""
    return (await (await session.connection()).get_raw_connection()).driver_connection


@event.listens_for(Engine, "handle_error")
def _without_details(context: ExceptionContext) -> None:
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error:
            without_details(error)


@event.listens_for(Session, "after_begin")
def _has_principal(session: Session, transaction: SessionTransaction, _: Connection) -> None:
    """Row-level security starts with `transaction`: no session goes without it."""
    if "principal" not in session.info:
        raise RuntimeError("A transaction was begun without a principal.")


def _become(principal: Principal) -> str:
    """The statement by which a transaction acts as the principal until its end."""
    settings = {
        "role": principal.role,
        "app.person": str(principal.person_id or ""),
        "app.turn": str(principal.turn_id or ""),
        "app.surface": principal.surface,
    }
    quoted = {name: Literal(value).as_string(None) for name, value in settings.items()}
    calls = (f"set_config('{name}', {value}, true)" for name, value in quoted.items())
    return f"SELECT {', '.join(calls)}"
