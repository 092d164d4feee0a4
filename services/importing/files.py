"""Open the table of a file in any of the supported formats."""

import re
from pathlib import Path

from services.errors import DeskError
from services.importing.csv_file import CsvTable
from services.importing.json_file import JsonTable
from services.importing.sheet_file import SheetTable
from services.importing.tables import Table

_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def open_table(path: Path) -> Table:
    """Return the table of a CSV, TSV, XLSX or JSON file; an unreadable one raises `DeskError`."""
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise DeskError(f"I can't read {path} ({error.strerror}).") from error
    if not start.strip():
        raise DeskError(f"{path} is empty.")
    if start.startswith((_ZIP, _OLD_OFFICE)):
        return SheetTable(path)
    if re.match(rb"(?:\xef\xbb\xbf)?\s*[\[{]", start):
        return JsonTable(path)
    return CsvTable(path)
