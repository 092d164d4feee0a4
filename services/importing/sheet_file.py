"""Read spreadsheets: the first sheet that has rows."""

import pickle
from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from weakref import finalize

from python_calamine import CalamineError, CalamineWorkbook

from services.errors import DeskError
from services.importing.tables import Cell, Row, clean_headers, tidy


class SheetTable:
    """The table of an XLSX, XLS or ODS file; its rows are read into a temporary file first."""

    unit = "row"

    def __init__(self, path: Path) -> None:
        self._spool = TemporaryFile()  # noqa: SIM115 - open as long as the table is used
        finalize(self, self._spool.close)
        try:
            with CalamineWorkbook.from_path(str(path)) as book:
                sheets = (book.get_sheet_by_name(name) for name in book.sheet_names)
                found = next((each for each in sheets if each.height), None)
                for row in found.iter_rows() if found else ():
                    pickle.dump([_cell(each) for each in row], self._spool)
        except (CalamineError, OSError) as error:
            raise DeskError(f"I can't read {path} as a spreadsheet: {error}.") from error
        if not self._spool.tell():
            raise DeskError(f"{path} has no sheet with rows.")
        wide = (row.line for row in self._all() if sum(each is not None for each in row.cells) > 1)
        self._first = next(wide, 1)

    @cached_property
    def headers(self) -> list[str]:
        return clean_headers(next(islice(self._all(), self._first - 1, None)).cells)

    def rows(self) -> Iterator[Row]:
        return tidy(islice(self._all(), self._first, None), self.headers)

    def _all(self) -> Iterator[Row]:
        """Yield the rows of the sheet; several callers may do so at the same time."""
        place, line = 0, 0
        end = self._spool.seek(0, 2)
        while place < end:
            self._spool.seek(place)
            cells, line = pickle.load(self._spool), line + 1  # noqa: S301 - written above
            place = self._spool.tell()
            yield Row(line, cells)


def _cell(value: object) -> Cell:
    """Return a value of a JSON type; a whole number becomes an int, not a float."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value if isinstance(value, str | int | float | bool | date | datetime) else str(value)
