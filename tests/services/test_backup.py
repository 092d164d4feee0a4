"""Backups of the embedded database, and when `restore` refuses."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from services.demo import load_demo
from services.errors import DeskError
from services.storage.backup import backup, restore
from services.storage.migrate import migrate
from services.storage.postgres import embedded


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a server for this test alone: restoring replaces its database."""
    with embedded(tmp_path_factory.mktemp("desk"), durable=False) as url:
        migrate(url)
        load_demo(url)
        yield url


def machines(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM machines").fetchone()
    assert row
    return int(row[0])


def test_restore_brings_back_rows_that_were_deleted_since_the_backup(
    url: str, tmp_path: Path
) -> None:
    before, file = machines(url), tmp_path / "desk.backup"
    backup(url, file)
    assert file.stat().st_mode & 0o077 == 0
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM ticket_machines; DELETE FROM machines")
    with pytest.raises(DeskError, match="add --replace"):
        restore(url, file)
    restore(url, file, replace=True)
    assert machines(url) == before


def test_backup_does_not_overwrite_an_existing_file(url: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    file.write_text("precious")
    with pytest.raises(DeskError, match="exists already"):
        backup(url, file)
    assert file.read_text() == "precious"


def test_restore_is_refused_while_the_desk_runs(url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "desk.backup")
    with psycopg.connect(url), pytest.raises(DeskError, match="stop it"):
        restore(url, tmp_path / "desk.backup", replace=True)


def test_restoring_a_backup_of_a_newer_version_changes_nothing(url: str, tmp_path: Path) -> None:
    before, file = machines(url), tmp_path / "desk.backup"
    with psycopg.connect(url) as connection:
        [version] = connection.execute("SELECT version_num FROM alembic_version").fetchone() or []
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    backup(url, file)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (version,))
    with pytest.raises(DeskError, match=f"{file} comes from a newer version"):
        restore(url, file, replace=True)
    assert machines(url) == before


def test_restoring_a_damaged_backup_changes_nothing(url: str, tmp_path: Path) -> None:
    before, file = machines(url), tmp_path / "desk.backup"
    backup(url, file)
    file.write_bytes(file.read_bytes()[:100_000])
    with pytest.raises(DeskError, match="nothing has changed"):
        restore(url, file, replace=True)
    assert machines(url) == before
