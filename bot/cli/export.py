"""`export`: write all records of a kind into a file, or to the terminal."""

import io
import sys
from pathlib import Path

from bot.cli.terminal import written_out
from services.errors import SetupError
from services.importing.export import export
from services.storage.files import complete_file


def export_file(database_url: str, kind: str, path: Path | None) -> str:
    """Export to a file, which appears when it is complete, and return a sentence about it."""
    if path is None:
        return _report(_print(database_url, kind), kind, "")
    remedy = "choose another name, or leave it out to print"
    with (
        complete_file(path, remedy) as draft,
        draft.open("w", encoding="utf-8", newline="") as file,
    ):
        count = export(database_url, kind, file, as_json=path.suffix == ".json")
    return _report(count, kind, f" to {path}")


def _print(database_url: str, kind: str) -> int:
    if not isinstance(sys.stdout, io.TextIOWrapper):  # None, if the descriptor is closed
        raise SetupError("The standard output is closed: open it, or give the name of a file.")
    sys.stdout.reconfigure(encoding="utf-8")  # as in a file
    with written_out():
        return export(database_url, kind, sys.stdout)


def _report(count: int, kind: str, where: str) -> str:
    left_out = "Roles, settings and history are in backups only."
    return f"Exported {count:,} {kind}{where}. {left_out}"
