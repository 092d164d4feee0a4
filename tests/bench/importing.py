"""Imports of machines: how long they take, and whether memory grows with the size of the file."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import chain, repeat
from pathlib import Path

from services.storage.migrate import migrate
from services.storage.postgres import embedded
from tests.importing.spreadsheets import text, write_xlsx

MOST = 1.15
"""The highest allowed ratio of the memory for all rows to the memory for a tenth of them."""


def run(rows: int = 200_000) -> bool:
    """Import files of all rows and of a tenth of them, and return whether memory stays flat."""
    flat = [
        _is_flat(kind, rows) for kind in ("csv", "json", "xlsx")
    ]  # all, also after one that grew
    return all(flat)


def _is_flat(kind: str, rows: int) -> bool:
    few, most = (_megabytes(kind, count) for count in (rows // 10, rows))
    print(f"{kind}: memory × {most / few:.2f}, at most {MOST}")
    return most / few <= MOST


def _megabytes(kind: str, rows: int) -> int:
    """Import the rows into a new database, and return the peak of memory."""
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder) / "data") as url:
        migrate(url)
        path = Path(folder) / f"machines.{kind}"
        _write(path, rows)
        start = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "import", str(path)],
            env=os.environ | {"DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
    taken = usage.ru_maxrss // 1024
    print(f"{rows:9,} rows of {kind}: {taken} MB, {time.monotonic() - start:.0f} s")
    return taken


def _write(path: Path, rows: int) -> None:
    machines = map(_machine, range(rows))
    if path.suffix == ".xlsx":
        headers = _machine(0)
        texts = chain(headers, chain.from_iterable(each.values() for each in machines))
        write_xlsx(path, map(_row, range(rows + 1), repeat(len(headers))), map(text, texts))
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        if path.suffix == ".json":
            file.write("[" + ",\n".join(map(json.dumps, machines)) + "]")
            return
        writer = csv.DictWriter(file, _machine(0))
        writer.writeheader()
        writer.writerows(machines)


def _row(number: int, width: int) -> str:
    """Return the XML of a row whose cells refer to texts, each to its own."""
    first = number * width
    cells = (f'<c t="s"><v>{place}</v></c>' for place in range(first, first + width))
    return f"<row>{''.join(cells)}</row>"


def _machine(number: int) -> dict[str, str]:
    return {
        "Asset Tag": f"K-{number}",
        "Name": f"LT-{number}",
        "Type": "Laptop",
        "Serial": f"KX{number * 7919:08}",
        "Manufacturer": "Lenovo",
        "Model": "ThinkPad T14",
        "RAM": "16 GB",
        "Location": f"Room {number % 500}",
        "Purchase Date": "2024-03-12",
    }
