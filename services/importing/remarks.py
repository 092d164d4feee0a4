"""Remarks on a whole file: how it was read, and what it does not tell."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from itertools import islice
from zoneinfo import ZoneInfo

from services.importing.dates import Order, parse_date
from services.importing.layout import Layout
from services.importing.tables import FIRST_ROWS, Cell, Table

_UTC = ZoneInfo("UTC")


def remarks_on(table: Table, layout: Layout) -> list[str]:
    """Return sentences about how the file was read, and what it doesn't tell."""
    missing = {"people": _without_active, "tickets": _without_creation}.get(layout.kind.name)
    return [*table.remarks, *(missing(table, layout) if missing else ())]


def _without_active(_: Table, layout: Layout) -> Iterator[str]:
    if not {"active", "suspended"} & (layout.places.keys() | layout.mapping.defaults.keys()):
        yield "No column says who is active: new people are added as active, also those who left."


def _without_creation(table: Table, layout: Layout) -> Iterator[str]:
    if "created_at" in layout.places.keys() | layout.mapping.defaults.keys():
        return
    if unused := _unused_dates(table, layout):
        yield (
            "No column says when the tickets were created: new ones are added as of today. Say it"
            f' in a mapping file, such as [columns] "{unused[0]}" = "created_at".'
        )
    elif {"updated_at", "closed_at"} & layout.places.keys():
        yield "No column says when the tickets were created: new ones are added as of today."


def _unused_dates(table: Table, layout: Layout) -> list[str]:
    """Return the unused headers whose columns have dates in the first rows."""
    rows = list(islice(table.rows(), FIRST_ROWS))
    unused = [place for place, header in enumerate(layout.headers) if header in layout.unused]
    return [
        layout.headers[place] for place in unused if any(_is_date(row.cells[place]) for row in rows)
    ]


def _is_date(cell: Cell) -> bool:
    if not isinstance(cell, str) or cell.strip().replace(".", "").isdigit():
        return isinstance(cell, date)
    for order in Order:
        with suppress(ValueError, OverflowError):
            return parse_date(cell, order, _UTC) is not None
    return False
