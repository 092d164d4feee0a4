"""Read spreadsheets: the first sheet that has rows."""

import pickle
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cached_property
from itertools import dropwhile, islice
from pathlib import Path
from tempfile import TemporaryFile
from weakref import finalize
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile, is_zipfile

from python_calamine import CalamineError, CalamineWorkbook

from services.errors import DeskError
from services.importing.tables import FIRST_ROWS, Cell, Row, clean_headers, header_place, tidy
from services.importing.xlsx_file import Workbook

_BROKEN = (
    *(CalamineError, BadZipFile, ParseError, zlib.error),
    *(OSError, EOFError, LookupError, ValueError, OverflowError, RuntimeError),
)
"""What the libraries raise for a broken file, such as `RuntimeError` for an encrypted part."""


class SheetTable:
    """The table of an XLSX, XLS or ODS file; its rows are read into a temporary file first."""

    unit = "row"

    def __init__(self, path: Path) -> None:
        self._width = 0
        self._spool = TemporaryFile()  # noqa: SIM115 - open as long as the table is used
        finalize(self, self._spool.close)
        try:
            for line, cells in _rows(path):
                self._width = max(self._width, len(cells))
                pickle.dump((line, [_cell(each) for each in cells]), self._spool)
        except _BROKEN as error:
            raise DeskError(f"I can't read {path} as a spreadsheet: {error}.") from error
        if not self._spool.tell():
            raise DeskError(f"{path} has no sheet with rows.")
        first = list(islice(self._all(), FIRST_ROWS))
        self._first = first[header_place([row.cells for row in first])].line

    @property
    def remarks(self) -> list[str]:
        return []

    @cached_property
    def headers(self) -> list[str]:
        cells = next(self._from(self._first)).cells
        return clean_headers(cells + [None] * (self._width - len(cells)))

    def rows(self) -> Iterator[Row]:
        return tidy(self._from(self._first + 1), self.headers)

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


def _rows(path: Path) -> Iterator[tuple[int, Sequence[object]]]:
    """Yield the rows of the sheet with their numbers."""
    if is_zipfile(path):
        with ZipFile(path) as archive:
            book = Workbook(archive)
            if book.is_xlsx:
                yield from ((row.line, row.cells) for row in book.rows())
                return
    with CalamineWorkbook.from_path(str(path)) as other:
        sheets = (other.get_sheet_by_name(name) for name in other.sheet_names)
        found = next((each for each in sheets if each.height), None)
        yield from enumerate(found.iter_rows() if found else (), start=1)


def _cell(value: object) -> Cell:
    """Return a value of a JSON type; a whole number becomes an int, not a float."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value if isinstance(value, str | int | float | bool | date | datetime) else str(value)
