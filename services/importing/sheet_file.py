"""Spreadsheets: the first sheet that has rows."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from itertools import count
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from services.errors import DeskError
from services.importing.tables import Cell, Row, clean_headers, tidy


class SheetTable:
    """The table of an XLSX, XLS or ODS file, read into memory."""

    unit = "row"

    def __init__(self, path: Path) -> None:
        try:
            book = CalamineWorkbook.from_path(str(path))
            sheets = (book.get_sheet_by_name(name) for name in book.sheet_names)
            found = next((each for each in sheets if each.height), None)
            rows = found.to_python(skip_empty_area=False) if found else []
        except (CalamineError, OSError) as error:
            raise DeskError(f"I can't read {path} as a spreadsheet: {error}.") from error
        self._rows = [[_cell(each) for each in row] for row in rows]
        wide = (n for n, row in enumerate(self._rows) if sum(each is not None for each in row) > 1)
        self._header_index = next(wide, 0)
        if not self._rows:
            raise DeskError(f"{path} has no sheet with rows.")

    @cached_property
    def headers(self) -> list[str]:
        return clean_headers(self._rows[self._header_index])

    def rows(self) -> Iterator[Row]:
        first = self._header_index + 1
        numbered = zip(count(first + 1), self._rows[first:], strict=False)
        return tidy((Row(line, cells) for line, cells in numbered), self.headers)


def _cell(value: object) -> Cell:
    """Return a value as JSON would have it: spreadsheets keep all numbers as fractions."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value if isinstance(value, str | int | float | bool | date | datetime) else str(value)
