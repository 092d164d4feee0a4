"""Protect the desk's files from other accounts of the machine, and write them whole."""

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
def complete_file(path: Path) -> Iterator[Path]:
    """Yield the path of a draft, which becomes the file when the block ends without an error."""
    draft = path.with_name(f".{path.name}.new")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        sentence = f"I can't write {path} ({error.strerror}): choose a folder where I may."
        raise SetupError(sentence) from error
    finally:
        draft.unlink(missing_ok=True)
