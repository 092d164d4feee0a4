"""The demo company: loaded once into an empty database, the same each time."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from services.entities.base import Base
from services.entities.person import Person
from services.entities.registry import ENTITY_TYPES
from services.storage.database import importing

Row = dict[str, Any]
ORDER = (
    "people",
    "teams",
    "team_members",
    "machines",
    "tickets",
    "ticket_machines",
    "watchers",
    "notes",
    "tags",
)


def rows(name: str) -> list[dict[str, str]]:
    """The lines of one of the files, as they stand there."""
    content = files("services.demo").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(content.splitlines()))


def has_other_people(connection: Connection) -> bool:
    """Return whether the database, migrated or not, has people who are not the demo's."""
    if connection.scalar(text("SELECT to_regclass('public.people')")) is None:
        return False
    known = {row["email"] for row in rows("people")}
    return bool(set(connection.scalars(text("SELECT email FROM people"))) - known)


def load_demo(database_url: str) -> bool:
    """Fill an empty database; False, and nothing done, if it holds people."""
    with importing(database_url) as connection:
        if connection.scalar(select(func.count()).select_from(Person.__table__)):
            return False
        for name in ORDER:
            _insert(connection, name)
        # Loading is no history: events begin with the first change.
        connection.execute(text("DELETE FROM events"))
        _continue_ids(connection)
    return True


def _insert(connection: Connection, name: str) -> None:
    table = Base.metadata.tables["ticket_watchers" if name == "watchers" else name]
    now = datetime.now(UTC)
    made = [_convert(row, table.columns.keys(), now) for row in rows(name)]
    connection.execute(insert(table), made)


def _convert(row: dict[str, str], columns: Iterable[str], now: datetime) -> Row:
    made: Row = {}
    for name, value in row.items():
        if name == "on":
            made["on_kind"], made["on_id"] = value.split("-")
            made["on_id"] = int(made["on_id"])
        elif name.endswith("_hours_ago"):
            made[name.replace("_hours_ago", "_at")] = _ago(value, now)
        elif name in columns:
            made[name] = _parse(name, value)
    return made


def _ago(value: str, now: datetime) -> datetime | None:
    return now - timedelta(hours=int(value)) if value else None


def _parse(name: str, value: str) -> object:
    if value in ("true", "false"):
        return value == "true"
    if name == "id" or name.endswith(("_id", "_gb")):
        return int(value) if value else None
    return value


def _continue_ids(connection: Connection) -> None:
    for kind in ENTITY_TYPES.values():
        name = kind.__tablename__
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")  # noqa: S608 - a table of ours
        )
