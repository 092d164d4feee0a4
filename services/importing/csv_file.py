"""Read CSV files row by row; detect their encoding and separator."""

import codecs
import csv
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TextIO

from charset_normalizer import from_bytes

from services.errors import DeskError
from services.importing.tables import FIRST_ROWS, Row, clean_headers, header_place, tidy, unguarded

SEPARATORS = ",;\t|"
_SAMPLE = 200
"""How many rows are read to detect the separator."""
_CHUNK = 1 << 20
_FEW = 30
"""With fewer bytes beyond ASCII than this, a Western encoding is assumed."""
_LONGEST_CELL = 1 << 24

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What is frequent in Western texts beyond ASCII; in a wrong encoding it becomes rarer signs.
_WESTERN = set(
    "äöüÄÖÜßéèêëÉÈÊàâÀÂçÇîïÎôÔûùÛÙœŒæÆáÁíÍóÓúÚñÑãÃõÕìòåÅøØ¿¡ªº°§€£–—’‘“”…«»·•´©®™²³½×\xa0"
)


def encoding_of(path: Path) -> str:
    """Return the encoding: that of the byte order mark, UTF-8 if it decodes, or the likeliest."""
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if start.count(0) * 4 > len(start):
        return "utf-16-be" if start[:1] == b"\0" else "utf-16-le"
    strange = _not_utf8(path)
    return _one_byte(strange) if strange else "utf-8"


def _not_utf8(path: Path) -> bytes:
    """Return the part around the first bytes that are not UTF-8; empty if all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return bytes(error.object[max(0, error.start - 20_000) :])[:200_000]
    return b""


def _one_byte(sample: bytes) -> str:
    words = [word for word in re.findall(rb"[A-Za-z\x80-\xff]+", sample) if not word.isascii()]
    foreign = sum(len(word) > 2 and not re.search(rb"[A-Za-z]", word) for word in words)
    signs = b"".join(words)
    # In Western words few letters have accents.
    if foreign * 5 < len(words) or len(signs) < _FEW:
        return max(("cp1252", "mac_roman"), key=lambda encoding: _western(signs, encoding))
    best = from_bytes(sample).best()
    return best.encoding if best else "cp1252"


def _western(signs: bytes, encoding: str) -> int:
    return sum(char in _WESTERN for char in signs.decode(encoding, errors="replace"))


class CsvTable:
    """The table of a CSV file; only one row at a time is in memory."""

    unit = "line"

    def __init__(self, path: Path) -> None:
        csv.field_size_limit(_LONGEST_CELL)
        self._path = path
        self._encoding = encoding_of(path)
        self._separator, self._header_index = self._dialect()

    @cached_property
    def headers(self) -> list[str]:
        for row in islice(self._all(), self._header_index, None):
            return clean_headers(row.cells)
        raise DeskError(f"{self._path} is empty.")

    def rows(self) -> Iterator[Row]:
        return tidy(islice(self._all(), self._header_index + 1, None), self.headers)

    def _all(self) -> Iterator[Row]:
        with self._open() as file:
            yield from _read(file, self._separator, self._path)

    def _open(self) -> TextIO:
        """Open the file after its byte order mark, of which some files have two."""
        # Line ends stay as they are: the csv module knows all three kinds.
        file = self._path.open(encoding=self._encoding, errors="replace", newline="")
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
