"""Open the table of a file in any of the supported formats."""

import codecs
import re
from pathlib import Path

from services.errors import DeskError
from services.importing.csv_file import CsvTable
from services.importing.json_file import JsonTable
from services.importing.sheet_file import Fits, SheetTable
from services.importing.tables import Table

_OTHERS = {b"%PDF": "a PDF document", b"\x1f\x8b": "a compressed file"}
_STRANGE = bytes({*range(1, 32)} - {*b"\t\n\v\f\r"})
"""Control characters that texts don't contain. Zero is not among them: UTF-16 texts contain it."""
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def open_table(path: Path, fits: Fits = lambda _: True) -> Table:
    """Return the table of a CSV, TSV, XLSX or JSON file; an unreadable one raises `DeskError`.

    Of several sheets, it is the first whose headers fit.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise DeskError(f"I can't read {path} ({error.strerror}).") from error
    if not start.strip():
        raise DeskError(f"{path} is empty.")
    if start.startswith((_ZIP, _OLD_OFFICE)):
        return SheetTable(path, fits)
    if re.match(rb"(?:\xef\xbb\xbf)?\s*[\[{]", start):
        return JsonTable(path)
    if what := _what_else(start):
        raise DeskError(f"{path} is {what}: save what is in it as CSV or XLSX, then import that.")
    return CsvTable(path)


def _what_else(start: bytes) -> str:
    """Return what a file with this beginning is, such as a PDF; empty if it may be a text."""
    if found := next((what for sign, what in _OTHERS.items() if start.startswith(sign)), ""):
        return found
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]", start):
        return "a web page or XML, whatever its name says"
    is_wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    strange = 0 if is_wide else len(start) - len(start.translate(None, _STRANGE))
    return "no text" if strange * 20 > len(start) else ""
