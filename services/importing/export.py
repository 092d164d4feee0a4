"""Records out: a file that comes in again as it is."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from typing import TextIO

import orjson
from sqlalchemy import RowMapping

from services.entities import sql
from services.entities.person import Person
from services.importing.kinds import ID, KINDS, Kind, Target
from services.importing.tables import Cell, guarded
from services.storage.accounts import as_owner

_AT_ONCE = 1000


def export(database_url: str, kind_name: str, file: TextIO, *, as_json: bool = False) -> int:
    """Write all records of a kind as CSV or JSON, and return how many there are."""
    kind = KINDS[kind_name]
    records = (_cells(kind, row) for row in _rows(database_url, kind))
    return (_write_json if as_json else _write_csv)([ID, *kind.targets], records, file)


def _rows(database_url: str, kind: Kind) -> Iterator[RowMapping]:
    query = sql.query(kind.entity).order_by(kind.entity.__table__.c.id)
    with as_owner(database_url) as connection:
        streaming = connection.execution_options(yield_per=_AT_ONCE)
        yield from streaming.execute(query).mappings()


def _cells(kind: Kind, row: RowMapping) -> dict[str, Cell]:
    cells = {name: _cell(target, row) for name, target in kind.targets.items()}
    return {ID: f"{kind.entity.prefix}-{row['id']}"} | cells


def _cell(target: Target, row: RowMapping) -> Cell:
    """Return a value as the import reads it: people by their address, teams by their name."""
    if target.reference:
        by = "email" if target.reference is Person else "name"
        value = row[f"{target.attribute.removesuffix('_id')}.{by}"]
    else:
        value = row[target.attribute]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date | datetime) else value


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
