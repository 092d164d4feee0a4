"""Tables: a header and rows, from any format of file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.importing.words import TOTALS
from services.sanitize import plain

Cell = str | int | float | bool | date | datetime | None

_BLANK = {
    *("", "null", "(null)", "(null string)", "(empty)", "n/a", "#n/a", "nan", "none", "-", "?"),
    *("--", "---", "–", "—", "-none-", "--none--", "not set", "not assigned", "no asset tag"),
}

FIRST_ROWS = 20
"""How many rows are searched for the header: some files have a title and remarks before it."""
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    """A row, and the line of the file on which it begins; `fault` says why it can't be read."""

    line: int
    cells: list[Cell]
    fault: str = ""


class Table(Protocol):
    """The table of a file. Its rows can be read several times, each time from the first."""

    unit: str
    """What a row's number counts: "line", "row" or "record"."""

    @property
    def remarks(self) -> list[str]:
        """Remarks for people on how the file was read; complete after the last row."""

    @property
    def headers(self) -> list[str]: ...

    def rows(self) -> Iterator[Row]: ...


def is_blank(cell: Cell) -> bool:
    """Return whether a cell has no value: it is empty, or has a word for that, such as “N/A”."""
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in _BLANK)


def without_footer(rows: Iterator[Row], left_out: list[str]) -> Iterator[Row]:
    """Yield the rows except remarks at the end: lone first cells below a blank row.

    `left_out` then has a sentence about them.
    """
    held: list[Row] = []
    following: int | None = None
    for row in rows:
        is_apart = bool(held) or row.line > (following or row.line)
        following = row.line + 1 + sum(str(cell).count("\n") for cell in row.cells)
        is_lone = not is_blank(row.cells[0]) and all(map(is_blank, row.cells[1:]))
        if is_lone and len(row.cells) > 3 and is_apart and len(held) < FIRST_ROWS:
            held.append(row)
            continue
        yield from held
        held.clear()
        yield row
    words = ", ".join(f"“{cell}”" for row in held for cell in row.cells if not is_blank(cell))
    left_out[:] = [f"Remarks below the rows were left out: {words}."] if words else []


def tidy(rows: Iterator[Row], headers: list[str]) -> Iterator[Row]:
    """Yield the rows with as many cells as headers; skip blank rows and repeated headers."""
    width = len(headers)
    for row in rows:
        if not any(str(cell).strip() for cell in row.cells if cell is not None):
            continue
        if clean_headers(row.cells[:width]) == headers:
            continue  # files that were put together have their header again
        if _is_total(row.cells):
            continue
        more = [cell for cell in row.cells[width:] if not is_blank(cell)]
        fault = (
            f"it has {len(row.cells)} cells under {width} headers: look for a separator or a"
            " quotation mark that is out of place"
            if more
            else row.fault
        )
        cells = row.cells[:width] + [None] * (width - len(row.cells))
        yield Row(row.line, cells, fault)


def _is_total(cells: list[Cell]) -> bool:
    """Return whether a row has totals: few cells, the first with a word such as “Total”."""
    filled = [str(cell) for cell in cells if not is_blank(cell)]
    if not filled or len(filled) * 2 > len(cells):
        return False
    return plain(filled[0]).rstrip("0123456789 ") in TOTALS  # such as “Total: 12”


def clean_headers(cells: list[Cell]) -> list[str]:
    """Return the cells of a header row without byte order marks and stray quotation marks."""
    return [str(cell or "").strip('\ufeff "') for cell in cells]


def guarded(text: str) -> str:
    """Return a text that no spreadsheet reads as a formula: with an apostrophe before it."""
    return f"'{text}" if text.lstrip("'")[:1] in _FORMULAS else text


def unguarded(text: str) -> str:
    """Return the text without the apostrophe of `guarded`."""
    return text[1:] if text[:1] == "'" and text.lstrip("'")[:1] in _FORMULAS else text
