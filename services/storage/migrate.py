"""Bring the database to the schema this version needs, once over all replicas."""

import time
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError, ProgrammingError

import migrations
from services.errors import SetupError
from services.storage.database import (
    LOGIN_ROLE,
    Database,
    as_owner,
    login_password,
)

PATIENCE = 60.0
"""Seconds."""
_NOT_YET = ("starting up", "recovery mode", "shutting down", "not yet accepting")
"""A refused connection comes without an SQLSTATE."""
_LOCK = 0x6465736B  # "desk": replicas that start together migrate one after another
_VERSION = text("SELECT version_num FROM alembic_version")


def migrate(database_url: str) -> None:
    """Upgrade to the newest revision as the owner; an unreachable server raises `SetupError`.

    A server that is just starting or recovering is waited for.
    """
    deadline = time.monotonic() + PATIENCE
    while not (done := _try(database_url)) and time.monotonic() < deadline:
        time.sleep(0.5)
    if not done:
        raise SetupError(f"The server of DATABASE_URL is still starting after {PATIENCE:.0f} s.")


def _try(database_url: str) -> bool:
    """False where the server says that it cannot take connections yet."""
    try:
        with as_owner(database_url) as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            upgrade(connection)
            _let_login_in(connection, database_url)
        return True
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        if any(each in reason for each in _NOT_YET):
            return False
        raise SetupError(f"DATABASE_URL does not lead to a usable Postgres: {reason}") from None
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        reason = str(error.orig).strip().splitlines()[0]
        raise SetupError(
            f"The account of DATABASE_URL may do too little ({reason}): it has to own its database"
            " and to be allowed CREATEROLE, as in ALTER ROLE deskhand CREATEROLE."
        ) from None


def upgrade(connection: Connection, revision: str = "head") -> None:
    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(_config(connection), revision)


@cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


async def is_current(database: Database) -> bool:
    """Whether the database answers with the schema that this version needs."""
    row = await database.fetch_one(_VERSION)
    return row is not None and row["version_num"] == newest_revision()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


def _let_login_in(connection: Connection, database_url: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote(LOGIN_ROLE)
    password = login_password(database_url)  # hexadecimal digits: safe inside quotes
    connection.exec_driver_sql(f"ALTER ROLE {quoted} PASSWORD '{password}'")
