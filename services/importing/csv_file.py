"""Read CSV files row by row; detect their separator."""

import csv
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TextIO

from services.errors import DeskError
from services.importing.encodings import encoding_of
from services.importing.headers import header_place
from services.importing.tables import (
    FIRST_ROWS,
    Row,
    clean_headers,
    tidy,
    unguarded,
    without_footer,
)

SEPARATORS = ",;\t|¤"
_SAMPLE = 200
"""How many rows are read to detect the separator."""
_LONGEST_CELL = 1 << 24


class CsvTable:
    """The table of a CSV file; only one row at a time is in memory."""

    unit = "line"

    def __init__(self, path: Path) -> None:
        csv.field_size_limit(_LONGEST_CELL)
        self._path = path
        self._footer: list[str] = []
        self._encoding = encoding_of(path)
        self._separator, self._header_index = self._dialect()

    @property
    def remarks(self) -> list[str]:
        return [each for each in (self._encoding.remark, *self._footer) if each]

    @cached_property
    def headers(self) -> list[str]:
        for row in islice(self._all(), self._header_index, None):
            return clean_headers(row.cells)
        raise DeskError(f"{self._path} is empty.")

    def rows(self) -> Iterator[Row]:
        rows = islice(self._all(), self._header_index + 1, None)
        return without_footer(tidy(rows, self.headers), self._footer)

    def _all(self) -> Iterator[Row]:
        with self._open() as file:
            yield from _read(file, self._separator, self._path)

    def _open(self) -> TextIO:
        """Open the file after its byte order mark, of which some files have two."""
        # Line ends stay as they are: the csv module knows all three kinds.
        file = self._path.open(
            encoding=self._encoding.name, errors=self._encoding.errors, newline=""
        )
        here = file.tell()
        while file.read(1) == "\ufeff":
            here = file.tell()
        file.seek(here)
        return file

    def _dialect(self) -> tuple[str, int]:
        """Return the separator, and how many rows precede the header."""
        with self._open() as file:
            first = file.readline(10).strip("\r\n ")
        if first.lower().startswith("sep=") and len(first) == 5:
            return first[4], 1  # a line such as “sep=;” that spreadsheets write for each other
        best, most = (",", 0), 0.0
        for separator in SEPARATORS:
            with self._open() as file:
                sample = [row.cells for row in islice(_read(file, separator, self._path), _SAMPLE)]
            header = header_place(sample[:FIRST_ROWS])
            fit = _fit([len(cells) for cells in sample[header:]])
            if header:
                fit /= 10  # few files have lines before the header
            if fit > most:
                best, most = (separator, header), fit
        return best


def _fit(widths: list[int]) -> float:
    """Rate a separator: best are many columns in the header, and as many in each row."""
    width = widths[0] if widths else 1
    same = sum(each == width for each in widths) / max(len(widths), 1)
    return same * (1 - 1 / width)


def _read(file: TextIO, separator: str, path: Path) -> Iterator[Row]:
    reader = csv.reader(file, delimiter=separator)
    line = 1
    try:
        for cells in reader:
            if any(cells):
                yield Row(line, [unguarded(each) for each in cells])
            line = reader.line_num + 1
    except csv.Error as error:
        raise DeskError(
            f"I can't read {path} from line {line} on: look for a quotation mark that is not"
            " closed."
        ) from error
