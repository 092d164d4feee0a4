"""Back up the embedded database into a file, and restore it completely or not at all."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, text

from services.errors import DeskError, SetupError
from services.storage.accounts import as_owner, owner_url
from services.storage.cluster import ENVIRONMENT, binary
from services.storage.files import complete_file
from services.storage.migrate import NewerDatabase, migrate

_DRAFT, _REPLACED = "deskhand_restoring", "deskhand_replaced"

_HAS_RECORDS = text(
    "SELECT EXISTS (SELECT FROM people) OR EXISTS (SELECT FROM machines)"
    " OR EXISTS (SELECT FROM tickets)"
)
_IN_USE = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")


def backup(database_url: str, path: Path) -> None:
    """Write the whole database as it is now into a file; the desk may be running."""
    with complete_file(path) as draft:
        if path.exists():
            raise SetupError(f"{path} exists already: choose another name.")
        draft.touch(mode=0o600)
        _run(
            "The backup",
            "pg_dump",
            "--format=custom",
            f"--file={draft}",
            f"--dbname={database_url}",
        )


def restore(database_url: str, path: Path, *, replace: bool = False) -> None:
    """Replace the database with the content of a backup.

    With records in the database it needs `replace`. Nothing changes until the backup is read and
    migrated to the schema of this version.
    """
    if not os.path.isfile(path):  # noqa: PTH113 - is_file() raises for names too long
        raise SetupError(f"There is no file {path}.")
    with as_owner(database_url) as connection:
        if connection.scalar(_HAS_RECORDS) and not replace:
            raise SetupError(
                "This desk has records, which would be lost: add --replace to replace them."
            )
    name = make_url(database_url).database
    draft_url = make_url(database_url).set(database=_DRAFT).render_as_string(hide_password=False)
    server = create_engine(
        owner_url(database_url).set(database="postgres"), isolation_level="AUTOCOMMIT"
    )
    try:
        with server.connect() as connection:
            _drop(connection)
            connection.exec_driver_sql(f"CREATE DATABASE {_DRAFT}")
            _read(draft_url, path)
            if connection.scalar(_IN_USE, {"name": name}):
                raise SetupError("The desk is running: stop it, then restore again.")
            _swap(connection, str(name))
            _drop(connection)
    finally:
        server.dispose()


def _read(draft_url: str, path: Path) -> None:
    """Fill the new database from the file, and migrate it to the schema of this version."""
    options = ("--exit-on-error", "--single-transaction", f"--dbname={draft_url}")
    try:
        _run(f"Reading {path}", "pg_restore", *options, str(path))
        migrate(draft_url)
    except NewerDatabase as error:
        raise SetupError(
            f"{path} comes from a newer version of Deskhand: update this installation, then"
            " restore again."
        ) from error


def _swap(connection: Connection, name: str) -> None:
    # In one transaction: a server without a database of this name would not be found again.
    connection.exec_driver_sql(
        f'BEGIN; ALTER DATABASE "{name}" RENAME TO {_REPLACED};'
        f' ALTER DATABASE {_DRAFT} RENAME TO "{name}"; COMMIT'
    )


def _drop(connection: Connection) -> None:
    """Drop the databases that this restore, or a killed one, has left."""
    for name in (_DRAFT, _REPLACED):
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _run(what: str, program: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(binary(program)), *arguments],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=ENVIRONMENT,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it gave no reason"]
        reason = lines[0].removeprefix(f"{program}: ").removeprefix("error: ")
        raise DeskError(f"{what} did not work, and nothing has changed: {reason}.")
