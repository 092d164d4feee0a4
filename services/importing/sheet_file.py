"""Read spreadsheets: the first sheet whose header fits."""

import pickle
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property, partial
from itertools import dropwhile, islice
from pathlib import Path
from tempfile import TemporaryFile
from weakref import finalize
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile, is_zipfile

from python_calamine import CalamineError, CalamineWorkbook

from services.errors import DeskError
from services.importing.headers import header_place
from services.importing.tables import (
    FIRST_ROWS,
    Cell,
    Row,
    clean_headers,
    tidy,
    without_footer,
)
from services.importing.xlsx_file import Workbook

_BROKEN = (
    *(CalamineError, BadZipFile, ParseError, zlib.error),
    *(OSError, EOFError, LookupError, ValueError, OverflowError, RuntimeError),
)
"""What the libraries raise for a broken file, such as `RuntimeError` for an encrypted part."""

Fits = Callable[[list[str]], bool]
"""Whether a sheet with these headers can be imported."""
Numbered = tuple[int, list[Cell]]
"""A row with its number."""
Sheets = dict[str, Callable[[], Iterator[Numbered]]]
"""What reads the rows of each sheet, by name."""


class SheetTable:
    """The table of an XLSX, XLS or ODS file; its rows are read into a temporary file first."""

    unit = "row"

    def __init__(self, path: Path, fits: Fits) -> None:
        self._width = 0
        self._others: list[str] = []
        self._footer: list[str] = []
        self._spool = TemporaryFile()  # noqa: SIM115 - open as long as the table is used
        finalize(self, self._spool.close)
        try:
            with _sheets(path) as sheets:
                for line, cells in self._choose(sheets, fits):
                    self._width = max(self._width, len(cells))
                    pickle.dump((line, cells), self._spool)
        except _BROKEN as error:
            raise DeskError(f"I can't read {path} as a spreadsheet: {error}.") from error
        if not self._spool.tell():
            raise DeskError(f"{path} has no sheet with rows.")
        first = list(islice(self._all(), FIRST_ROWS))
        self._first = first[header_place([row.cells for row in first])].line

    def _choose(self, sheets: Sheets, fits: Fits) -> Iterator[Numbered]:
        """Return the rows of the first sheet whose header fits, or else of the first with rows."""
        first = {name: list(islice(rows(), FIRST_ROWS)) for name, rows in sheets.items()}
        headers = {name: _headers([cells for _, cells in rows]) for name, rows in first.items()}
        filled = [name for name, each in headers.items() if any(each)]
        if not filled:
            return iter(())
        chosen = next((name for name in filled if fits(headers[name])), filled[0])
        self._others = [
            f"Sheet “{chosen}” is read; “{name}” is not: save it as a file of its own."
            for name in filled
            if name != chosen
        ]
        return sheets[chosen]()

    @property
    def remarks(self) -> list[str]:
        return [*self._others, *self._footer]

    @cached_property
    def headers(self) -> list[str]:
        cells = next(self._from(self._first)).cells
        return clean_headers(cells + [None] * (self._width - len(cells)))

    def rows(self) -> Iterator[Row]:
        return without_footer(tidy(self._from(self._first + 1), self.headers), self._footer)

    def _from(self, line: int) -> Iterator[Row]:
        return dropwhile(lambda row: row.line < line, self._all())

    def _all(self) -> Iterator[Row]:
        """Yield the rows of the sheet; several callers may do so at the same time."""
        place = 0
        end = self._spool.seek(0, 2)
        while place < end:
            self._spool.seek(place)
            line, cells = pickle.load(self._spool)  # noqa: S301 - written above
            place = self._spool.tell()
            yield Row(line, cells)


@contextmanager
def _sheets(path: Path) -> Iterator[Sheets]:
    """Open the sheets of a file, each with its name."""
    if is_zipfile(path):
        with ZipFile(path) as archive:
            book = Workbook(archive)
            if book.is_xlsx:
                yield {
                    name: partial(_numbered_of_xlsx, book, part)
                    for name, part in book.sheets().items()
                }
                return
    with CalamineWorkbook.from_path(str(path)) as other:
        yield {name: partial(_numbered, other, name) for name in other.sheet_names}


def _numbered_of_xlsx(book: Workbook, part: str) -> Iterator[Numbered]:
    return ((row.line, [_cell(each) for each in row.cells]) for row in book.rows(part))


def _numbered(book: CalamineWorkbook, name: str) -> Iterator[Numbered]:
    rows = enumerate(book.get_sheet_by_name(name).iter_rows(), start=1)
    return ((line, [_cell(each) for each in cells]) for line, cells in rows)


def _headers(rows: Sequence[list[Cell]]) -> list[str]:
    return clean_headers(rows[header_place(rows)]) if rows else []


def _cell(value: object) -> Cell:
    """Return a value of a JSON type; a whole number becomes an int, not a float."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value if isinstance(value, str | int | float | bool | date | datetime) else str(value)
