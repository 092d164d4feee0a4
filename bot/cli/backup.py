"""`backup` and `restore`: the whole embedded database in one file."""

from pathlib import Path

from services.storage.backup import backup, restore


def back_up(database_url: str, path: Path) -> str:
    """Write the backup, and return a sentence that says where it is."""
    backup(database_url, path)
    size = path.stat().st_size / 1e6
    return f"Everything is in {path} ({size:.1f} MB), with all conversations: keep it safe."


def bring_back(database_url: str, path: Path, *, replace: bool) -> str:
    """Replace the database by the backup, and return a sentence that says what to do next."""
    restore(database_url, path, replace=replace)
    return f"The desk is as it was when {path} was written. Start it with: python -m bot serve"
