"""Migrate the database to the schema of this version; replicas wait for each other."""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

import migrations
from services.errors import SetupError
from services.storage.accounts import LOGIN_ROLE, as_owner, let_login_in
from services.storage.database import Database
from services.storage.rights import EVERY_ROLE

T = TypeVar("T")

PATIENCE = 60.0
"""The maximum seconds to wait for a server that is starting."""
_NOT_YET = ("starting up", "recovery mode", "shutting down", "not yet accepting")
"""Errors of a starting server contain one of these texts: they have no SQLSTATE."""
_LOCK = 0x6465736B  # "desk": replicas that start together migrate one after another
_VERSION = text("SELECT version_num FROM alembic_version")


class NewerDatabase(SetupError):  # noqa: N818 - reads as the sentence it becomes
    """The schema of the database is one that this version does not know."""

    def __init__(self) -> None:
        super().__init__(
            "This database was written by a newer Deskhand: update this installation, or restore a"
            " backup from before."
        )


def migrate(database_url: str, *, renew_secrets: bool = False) -> None:
    """Upgrade to the newest revision, and create the login of the application."""

    def upgrade_alone(connection: Connection) -> None:
        _check_encoding(connection)
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        upgrade(connection)
        let_login_in(connection, renew=renew_secrets)

    run_as_owner(database_url, upgrade_alone)


def run_as_owner(database_url: str, work: Callable[[Connection], T]) -> T:
    """Run `work` in a transaction of the owner; raise `SetupError` for an unusable server.

    Waits for a server that is starting or recovering.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with as_owner(database_url) as connection:
                return work(connection)
        except DBAPIError as error:
            if not _is_starting(error):
                raise _explained(error) from None
        if time.monotonic() > deadline:
            raise SetupError(
                f"The server of DATABASE_URL is still starting after {PATIENCE:.0f} s:"
                " look into its log, and start again when it is ready."
            )
        time.sleep(0.5)


def _check_encoding(connection: Connection) -> None:
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise SetupError(
            f"The database of DATABASE_URL has the encoding {encoding}: make one for the desk with"
            " CREATE DATABASE deskhand ENCODING 'UTF8' TEMPLATE template0."
        )


def _is_starting(error: DBAPIError) -> bool:
    return isinstance(error, OperationalError) and any(each in _reason(error) for each in _NOT_YET)


def _explained(error: DBAPIError) -> Exception:
    if isinstance(error, OperationalError):
        return SetupError(f"DATABASE_URL does not lead to a usable Postgres: {_reason(error)}")
    if isinstance(error.orig, ReadOnlySqlTransaction):
        return SetupError(
            "The database of DATABASE_URL is read-only: name the primary server, not a standby, and"
            " see that default_transaction_read_only is off."
        )
    if isinstance(error.orig, InsufficientPrivilege) and _is_about_others_roles(error):
        return SetupError(
            f"Another desk on this server made the roles of desks ({_reason(error)}): use its"
            f" account in DATABASE_URL, or let it run: GRANT {LOGIN_ROLE}, {EVERY_ROLE} TO the"
            " account of this desk WITH ADMIN OPTION."
        )
    if isinstance(error.orig, InsufficientPrivilege):
        return SetupError(
            f"The account of DATABASE_URL lacks rights ({_reason(error)}): it has to own its"
            " database and to be allowed CREATEROLE, as in ALTER ROLE deskhand CREATEROLE."
        )
    return error


def _is_about_others_roles(error: DBAPIError) -> bool:
    """Return whether a role cannot be granted; Postgres up to 15 words it in the second way."""
    return _reason(error).startswith(("permission denied to grant role", "must have admin option"))


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]


def upgrade(connection: Connection, revision: str = "head") -> None:
    try:
        command.upgrade(_config(connection), revision)
    except CommandError as error:
        if isinstance(error.__cause__, ResolutionError):
            raise NewerDatabase from None
        raise


def downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(_config(connection), revision)


@cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


async def is_current(database: Database) -> bool:
    """Return whether the database answers and has the schema of this version."""
    row = await database.fetch_one(_VERSION)
    return row is not None and row["version_num"] == newest_revision()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config
