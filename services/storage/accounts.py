"""The two accounts of a database: its owner, and the login of the application.

The login's name and password are random. They lie in a schema that no role but the owner may
enter, and every process reads them there with the owner's URL.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from psycopg import OperationalError
from sqlalchemy import URL, create_engine, event, make_url, text
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.exc import DBAPIError

from services.storage.statements import without_details

LOGIN_ROLE = "desk_login"
"""The role that may switch to the application's roles. Each login is a member of it."""
REMEMBERED = 60
"""The maximum seconds until a running process uses renewed secrets."""

_SECRETS = text("SELECT name, value FROM private.secrets")
_ADD = text("INSERT INTO private.secrets VALUES (:name, :value) ON CONFLICT DO NOTHING")
_FORGET = (
    text("DELETE FROM private.secrets WHERE name <> 'login'"),
    text("DELETE FROM passes"),
    text("DELETE FROM sessions"),
)
_LET_IN = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{login}') THEN
        CREATE ROLE {login} NOINHERIT;
    END IF;
    GRANT desk_login TO {login};
    ALTER ROLE {login} LOGIN PASSWORD '{password}';
    -- Earlier versions signed in as the role itself.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_login' AND rolcanlogin) THEN
        ALTER ROLE desk_login NOLOGIN PASSWORD NULL;
    END IF;
END $$
"""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets that all processes of a desk share."""

    login: str
    """The name of the login, unique to this database: all databases of a server share its roles."""
    password: str


def owner_url(database_url: str) -> URL:
    """Return the URL that migrations run under; it owns every table."""
    return make_url(database_url).set(drivername="postgresql+psycopg")


@contextmanager
def as_owner(database_url: str) -> Iterator[Connection]:
    """Open a transaction as the owner, to whom no policy applies: for migrations and commands."""
    engine = create_engine(
        owner_url(database_url),
        hide_parameters=True,
        connect_args={"client_encoding": "utf8"},  # else SQL_ASCII databases answer in bytes
    )
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def let_login_in(connection: Connection, *, renew: bool = False) -> None:
    """Create the secrets that are missing, and the login with its password.

    `renew` replaces all of them but the login's name, and signs everybody out of the web view.
    """
    for forget in _FORGET if renew else ():
        connection.execute(forget)
    made = {
        "login": f"{LOGIN_ROLE}_{secrets.token_hex(4)}",
        "password": secrets.token_hex(32),
    }
    connection.execute(_ADD, [{"name": name, "value": value} for name, value in made.items()])
    kept = _secrets(connection)
    raw: Any = connection.connection.driver_connection
    # Hashed here: the server may log the statement.
    password = raw.pgconn.encrypt_password(
        kept.password.encode(), kept.login.encode(), b"scram-sha-256"
    )
    statement = _LET_IN.format(login=kept.login, password=password.decode())
    connection.exec_driver_sql(statement)


def read_secrets(database_url: str) -> Secrets:
    """Return the secrets, at most `REMEMBERED` seconds old. The database must be migrated."""
    return _read_secrets(database_url, int(time.monotonic() // REMEMBERED))


@lru_cache(maxsize=16)
def _read_secrets(database_url: str, period: int) -> Secrets:
    with as_owner(database_url) as connection:
        return _secrets(connection)


def _secrets(connection: Connection) -> Secrets:
    return Secrets(**{row.name: row.value for row in connection.execute(_SECRETS)})


def login_url(database_url: str) -> URL:
    """Return the URL the application runs under; its role may do nothing until it takes another."""
    kept = read_secrets(database_url)
    return owner_url(database_url).set(username=kept.login, password=kept.password)


def login_conninfo(database_url: str) -> Callable[[], Awaitable[str]]:
    """Return a function that a pool calls for the connection string of the login.

    The database need not be reachable or migrated before the pool connects.
    """

    async def conninfo() -> str:
        try:
            url = await asyncio.to_thread(login_url, database_url)
        except DBAPIError as error:
            raise OperationalError(str(error.orig)) from None
        return url.set(drivername="postgresql").render_as_string(hide_password=False)

    return conninfo


@event.listens_for(Engine, "handle_error")
def _without_details(context: ExceptionContext) -> None:
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error:
            without_details(error)
