"""Protect the desk's files from other accounts of the machine, and write them whole."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.errors import SetupError


def make_private(folder: Path) -> Path:
    """Create the folder, or change one of ours, so that no other account can enter it.

    A folder that everybody may write to, such as /tmp, is not the desk's own: it is not changed.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.stat().st_mode & stat.S_ISVTX:
        folder.chmod(0o700)
    return folder


@contextmanager
def complete_file(path: Path, remedy: str = "choose another name") -> Iterator[Path]:
    """Yield the path of a draft, which becomes the file when the block ends without an error.

    A symbolic link is followed. `remedy` is for a path that is a folder, a device or the like.
    """
    draft = None
    try:
        if path.exists() and not path.is_file():
            raise SetupError(f"{path} is no ordinary file: {remedy}.")
        whole = Path(os.path.realpath(path))
        draft = whole.with_name(f".{whole.name}.new")
        yield draft
        draft.replace(whole)
    except OSError as error:
        remedy = "choose a folder where I may, or another name"
        raise SetupError(f"I can't write {path} ({error.strerror}): {remedy}.") from error
    finally:
        if draft:
            draft.unlink(missing_ok=True)
