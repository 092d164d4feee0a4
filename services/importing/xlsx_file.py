"""Read XLSX files row by row, with their texts on disk: python-calamine keeps all in memory."""

import posixpath
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, time, timedelta
from functools import cache, lru_cache
from math import isfinite
from typing import IO
from xml.etree.ElementTree import Element, iterparse
from zipfile import ZipFile

from services.importing.tables import Cell, Row

_ESCAPED = re.compile(r"_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")
"""A character written as its code, such as `_x000D_`; halves of surrogate pairs are none."""
_LITERAL = re.compile(r'"[^"]*"|\[[^\[\]]*\]|[\\_*].')
"""The parts of a number format without meaning for us: texts, colours, signs and padding."""
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""The built-in number formats of dates and times."""
_FIRST_DAY, _FIRST_DAY_OF_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_WIDEST = 16_384
_REMEMBERED = 10_000
"""How many texts are kept in memory: in many columns the same few come again."""


class Workbook:
    """An XLSX file. A broken one raises errors of `zipfile` and `xml`, or of converting values."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        # Some programs write the file names of Windows, with other signs and in any case.
        self._parts = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
        self._first_day, self._date_styles = _FIRST_DAY, set[int]()
        self._texts = sqlite3.connect("")  # a temporary file
        self._texts.execute("CREATE TABLE texts (text TEXT)")
        self._shared = lru_cache(_REMEMBERED)(self._read_shared)
        kinds = {kind: part for _, kind, part in self._related("")}
        self._main = kinds.get("officeDocument", "")

    @property
    def is_xlsx(self) -> bool:
        """Return whether the archive is an XLSX file, and not of another spreadsheet format."""
        return self._main.endswith(".xml") and self._main in self._parts

    def sheets(self) -> dict[str, str]:
        """Return the part of each sheet; read the texts and date styles that the sheets share."""
        parts, sheets = {}, {}
        for id_, kind, part in self._related(self._main):
            parts[id_] = part
            if kind == "styles" and part in self._parts:
                self._date_styles = set(_date_styles(self._elements(part, "numFmt", "cellXfs")))
            elif kind == "sharedStrings" and part in self._parts:
                texts = ((_text(item),) for item in self._elements(part, "si"))
                self._texts.executemany("INSERT INTO texts VALUES (?)", texts)
        for each in self._elements(self._main, "workbookPr", "sheet"):
            if _local(each) == "sheet":
                id_ = next(value for name, value in each.items() if name.endswith("}id"))
                sheets[each.get("name", "")] = parts[id_]
            elif each.get("date1904") in ("1", "true"):
                self._first_day = _FIRST_DAY_OF_1904
        return {name: part for name, part in sheets.items() if part in self._parts}

    def _related(self, part: str) -> Iterator[tuple[str, str, str]]:
        """Yield the parts to which a part refers, each with its id and kind."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        for each in self._elements(relations, "Relationship") if relations in self._parts else ():
            target = each.attrib["Target"].replace("\\", "/")
            path = posixpath.normpath(posixpath.join("/", folder, target))
            yield each.attrib["Id"], posixpath.basename(each.attrib["Type"]), path[1:].lower()

    def _elements(self, part: str, *names: str) -> Iterator[Element]:
        with self._archive.open(self._parts[part]) as file:
            yield from _elements(file, *names)

    def rows(self, sheet: str) -> Iterator[Row]:
        """Yield the rows with values of the sheet in this part."""
        line = 0
        for row in self._elements(sheet, "row"):
            line = int(row.get("r") or line + 1)
            cells: list[Cell] = []
            for each in row:
                letters = each.get("r", "").rstrip("0123456789")
                place = _place(letters) if letters else len(cells)
                cells += [None] * (place + 1 - len(cells))
                cells[place] = self._cell(each)
            if any(cell is not None for cell in cells):
                yield Row(line, cells)

    def _cell(self, cell: Element) -> Cell:
        namespace, kind = cell.tag[: -len("c")], cell.get("t", "n")
        if kind == "inlineStr":
            inline = cell.find(f"{namespace}is")
            return None if inline is None else _text(inline)
        words = cell.findtext(f"{namespace}v")
        if not words:
            return None
        if kind == "e":
            return None  # an error of a formula
        if kind == "s":
            return self._shared(int(words))
        if kind == "b":
            return words == "1"
        if kind == "n":
            with suppress(ValueError):
                return self._number(words, int(cell.get("s") or 0))
        return _unescaped(words)

    def _read_shared(self, place: int) -> str | None:
        found = self._texts.execute("SELECT text FROM texts WHERE rowid = ?", (place + 1,))
        text: str | None = next(found, (None,))[0]
        return text

    def _number(self, words: str, style: int) -> Cell:
        """Return a number, or the date or time that it means in a cell of this style."""
        number = float(words)
        if not isfinite(number):
            return words
        if style not in self._date_styles:
            return number
        try:
            moment = self._first_day + timedelta(seconds=round(number * 86400))
        except OverflowError:
            return number
        if 0 <= number < 1:
            return f"{moment:%H:%M:%S}"
        return moment.date() if moment.time() == time() else moment


def _elements(file: IO[bytes], *names: str) -> Iterator[Element]:
    """Yield the elements of these names; each is forgotten when the next one is read."""
    opened: list[Element] = []
    within = 0
    for event, element in iterparse(file, ("start", "end")):  # noqa: S314 - expat limits entities
        is_wanted = _local(element) in names
        if event == "start":
            opened.append(element)
            within += is_wanted
            continue
        opened.pop()
        within -= is_wanted
        if is_wanted:
            yield element
        if opened and not within:
            opened[-1].clear()


def _local(element: Element) -> str:
    """Return the name of an element without its namespace, of which there are two."""
    return element.tag.rpartition("}")[2]


def _date_styles(elements: Iterable[Element]) -> Iterator[int]:
    """Yield the numbers of the cell styles that show dates or times."""
    formats = set(_DATE_FORMATS)
    for each in elements:
        if _local(each) == "numFmt":
            if set("ymdhs") & set(_LITERAL.sub("", each.get("formatCode", "")).lower()):
                formats.add(int(each.attrib["numFmtId"]))
            continue
        for number, style in enumerate(each):
            if int(style.get("numFmtId", 0)) in formats:
                yield number


def _text(item: Element) -> str:
    """Return the plain text of a rich-text item: its runs joined, phonetic guides left out."""
    namespace = item.tag[: -len(_local(item))]
    parts = [item, *item.findall(f"{namespace}r")]
    return _unescaped("".join(part.findtext(f"{namespace}t") or "" for part in parts))


def _unescaped(words: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), words)


@cache
def _place(letters: str) -> int:
    """Return the place of a column, such as 27 for AB; raise ValueError beyond the last, XFD."""
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - ord("A") + 1
    if place > _WIDEST:
        raise ValueError(f"{letters} is no column")
    return place - 1
