"""Export records into a file that the import can read without a mapping file."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, TextIO

import orjson
from sqlalchemy import Connection, RowMapping, text

from services.entities import sql
from services.entities.link import Link
from services.entities.machine import Machine
from services.entities.person import Person
from services.importing.kinds import ID, KINDS, Kind, Target
from services.importing.serials import is_junk
from services.importing.tables import Cell, guarded
from services.storage.accounts import as_owner

_AT_ONCE = 1000
_TAGS = text(
    "SELECT on_id AS id, key || CASE value WHEN '' THEN '' ELSE '=' || value END AS cell"
    " FROM tags WHERE on_kind = :prefix AND on_id = ANY (:ids) ORDER BY on_id, key"
)
_NOTES = text(
    "SELECT on_id AS id, email AS author, notes.created_at AS at, internal, text FROM notes"
    " JOIN people ON people.id = author_id WHERE on_kind = :prefix AND on_id = ANY (:ids)"
    " ORDER BY on_id, notes.created_at, notes.id"
)
_LINKED = (
    "SELECT {0} AS id, other.* FROM {table} JOIN {others} other ON other.id = {1}"
    " WHERE {0} = ANY (:ids) ORDER BY {0}, {1}"
)


def export(database_url: str, kind_name: str, file: TextIO, *, as_json: bool = False) -> int:
    """Write all records of a kind as CSV or JSON, and return how many there are."""
    kind = KINDS[kind_name]
    with as_owner(database_url) as connection:
        headers = [ID, *kind.targets, *kind.attached]
        records = _records(connection, kind)
        return (_write_json if as_json else _write_csv)(headers, records, file)


def _records(connection: Connection, kind: Kind) -> Iterator[dict[str, Cell]]:
    query = sql.query(kind.entity).order_by(kind.entity.__table__.c.id)
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as found:
        for rows in found.mappings().partitions():
            attached = _attached(connection, kind, [row["id"] for row in rows])
            for row in rows:
                cells = {name: _cell(target, row) for name, target in kind.targets.items()}
                attachments = {name: attached[name].get(row["id"]) for name in kind.attached}
                yield {ID: f"{kind.entity.prefix}-{row['id']}"} | cells | attachments


def _cell(target: Target, row: RowMapping) -> Cell:
    """Return a value in the form that the import reads: people as addresses, teams as names."""
    if target.reference:
        by = "email" if target.reference is Person else "name"
        value = row[f"{target.attribute.removesuffix('_id')}.{by}"]
    else:
        value = row[target.attribute]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date | datetime) else value


def _attached(connection: Connection, kind: Kind, ids: Sequence[int]) -> dict[str, dict[int, str]]:
    """Return the cells of tags, notes and links, by column and record."""
    values = {"prefix": kind.entity.prefix, "ids": list(ids)}
    tags = _by_record(connection.execute(_TAGS, values).mappings())
    notes = _by_record(connection.execute(_NOTES, values).mappings())
    return {
        "tags": {id_: "\n".join(row["cell"] for row in rows) for id_, rows in tags.items()},
        "notes": {id_: orjson.dumps(rows).decode() for id_, rows in notes.items()},
    } | {name: _linked(connection, link, ids) for name, link in kind.links.items()}


def _linked(connection: Connection, link: type[Link], ids: Sequence[int]) -> dict[int, str]:
    other = list(sql.targets_of(link).values())[1]
    statement = _LINKED.format(*link.ends(), table=link.__tablename__, others=other.__tablename__)
    rows = connection.execute(text(statement), {"ids": list(ids)})
    found = defaultdict(list)
    for id_, *columns in rows:
        record = dict(zip(list(rows.keys())[1:], columns, strict=True))
        found[id_].append(_name(other.prefix, record, is_machine=other is Machine))
    return {id_: "\n".join(names) for id_, names in found.items()}


def _name(prefix: str, record: dict[str, Any], *, is_machine: bool) -> str:
    """Return the name by which the import finds a linked record, also at another desk."""
    if "email" in record:
        return str(record["email"])
    if is_machine and not is_junk(record["serial_number"]):
        return str(record["serial_number"])
    return record["external_id"] or (record["name"] if is_machine else f"{prefix}-{record['id']}")


def _by_record(rows: Any) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["id"]].append({key: value for key, value in row.items() if key != "id"})
    return found


def _write_csv(names: list[str], records: Iterator[dict[str, Cell]], file: TextIO) -> int:
    writer, count = csv.writer(file), 0
    writer.writerow(names)
    for count, record in enumerate(records, start=1):  # noqa: B007
        cells = record.values()
        writer.writerow([guarded(each) if isinstance(each, str) else each for each in cells])
    return count


def _write_json(_: list[str], records: Iterator[dict[str, Cell]], file: TextIO) -> int:
    count = 0
    for count, record in enumerate(records, start=1):
        file.write(("[\n" if count == 1 else ",\n") + orjson.dumps(record).decode())
    file.write("\n]\n" if count else "[]\n")
    return count
