"""`export`: write all records of a kind into a file, or to the terminal."""

import sys
from pathlib import Path

from services.errors import DeskError
from services.importing.export import export


def export_file(database_url: str, kind: str, path: Path | None) -> str:
    """Export to a file, which appears when it is complete, and return a sentence about it."""
    if path is None:
        return _report(export(database_url, kind, sys.stdout), kind, "")
    draft = path.with_name(f".{path.name}.new")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            count = export(database_url, kind, file, as_json=path.suffix == ".json")
        draft.replace(path)
    except OSError as error:
        sentence = f"I can't write {path} ({error.strerror}): choose a folder where I may."
        raise DeskError(sentence) from error
    finally:
        draft.unlink(missing_ok=True)
    return _report(count, kind, f" to {path}")


def _report(count: int, kind: str, where: str) -> str:
    left_out = "Roles, settings and history are in backups only."
    return f"Exported {count:,} {kind}{where}. {left_out}"
