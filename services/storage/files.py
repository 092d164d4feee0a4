"""Protect the desk's files from other accounts of the machine."""

import stat
from pathlib import Path


def make_private(folder: Path) -> Path:
    """Create the folder, or change one of ours, so that no other account can enter it.

    A folder that everybody may write to, such as /tmp, is not the desk's own: it is not changed.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.stat().st_mode & stat.S_ISVTX:
        folder.chmod(0o700)
    return folder
