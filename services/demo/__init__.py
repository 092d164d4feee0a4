"""The demo company: loaded once into an empty database, the same each time."""

import csv
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from sqlalchemy import Column, Connection, Table, func, insert, select, text

from services.entities.person import Person
from services.entities.registry import ENTITY_TYPES
from services.entities.table import Base
from services.storage.accounts import as_owner
from services.storage.database import importing

Row = dict[str, Any]


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of the CSV file for a table; all values are texts."""
    return list(csv.DictReader(_file(name).read_text(encoding="utf-8").splitlines()))


def _file(table: str) -> Traversable:
    return files("services.demo").joinpath(f"{table}.csv")


def has_other_people(connection: Connection) -> bool:
    """Return whether the database, migrated or not, has people who are not in the demo."""
    if connection.scalar(text("SELECT to_regclass('public.people')")) is None:
        return False
    known = {row["email"] for row in rows("people")}
    return bool(set(connection.scalars(text("SELECT email FROM people"))) - known)


def load_demo(database_url: str) -> bool:
    """Fill an empty database; return False, and change nothing, if it has people."""
    with importing(database_url) as connection:
        if connection.scalar(select(func.count()).select_from(Person.__table__)):
            return False
        for table in Base.metadata.sorted_tables:  # those that others refer to come first
            if _file(table.name).is_file():
                _insert(connection, table)
        connection.execute(text("DELETE FROM events"))  # loading is no history
        continue_ids(connection)
    with as_owner(database_url) as connection:  # imports write no history either
        _add_history(connection)
    return True


def _insert(connection: Connection, table: Table) -> None:
    now = datetime.now(UTC)
    made = [_convert(row, table, now) for row in rows(table.name)]
    connection.execute(insert(table), made)


_EVENT = text(
    "INSERT INTO events (at, actor_id, surface, verb, table_name, record_id, subject_type,"
    " subject_id, before, after) VALUES (:at, :actor_id, 'slack', 'UPDATE', :table, :number,"
    " :prefix, :number, CAST(:before AS jsonb), CAST(:after AS jsonb))"
)


def _add_history(connection: Connection) -> None:
    """Add earlier changes to the history: who had which machine."""
    now = datetime.now(UTC)
    for row in rows("events"):
        prefix, number = row["record"].split("-")
        values = {"prefix": prefix, "number": number, "table": ENTITY_TYPES[prefix].__tablename__}
        made = {"at": _ago(row["hours_ago"], now), "before": row["before"], "after": row["after"]}
        connection.execute(_EVENT, {**values, **made, "actor_id": int(row["actor_id"])})


def _convert(row: dict[str, str], table: Table, now: datetime) -> Row:
    made: Row = {}
    for name, value in row.items():
        if name == "on":
            made["on_kind"], made["on_id"] = value.split("-")
            made["on_id"] = int(made["on_id"])
        elif name.endswith("_hours_ago"):
            made[name.replace("_hours_ago", "_at")] = _ago(value, now)
        elif name.endswith("_in_days"):
            made[name.removesuffix("_in_days")] = _ahead(value, now)
        elif name in table.columns:
            made[name] = _parse(table.columns[name], value)
    return made


def _ago(value: str, now: datetime) -> datetime | None:
    return now - timedelta(hours=int(value)) if value else None


def _ahead(value: str, now: datetime) -> date | None:
    return now.date() + timedelta(days=int(value)) if value else None


def _parse(column: Column[Any], value: str) -> object:
    kind = column.type.python_type
    if kind is str:
        return value
    if not value:
        return None
    if kind is bool:
        return value == "true"
    return date.fromisoformat(value) if kind is date else kind(value)


def continue_ids(connection: Connection) -> None:
    """Set the sequences of ids to continue after the loaded records."""
    for kind in ENTITY_TYPES.values():
        name = kind.__tablename__
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")  # noqa: S608 - a table of ours
        )
