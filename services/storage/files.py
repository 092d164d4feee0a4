"""Files of the desk that other accounts of the machine must not read."""

import stat
from pathlib import Path


def make_private(folder: Path) -> Path:
    """Create the folder, or close an existing one of ours, for all accounts but this one.

    A folder that everybody may write to, such as /tmp, is left as it is: it is not the desk's own.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.stat().st_mode & stat.S_ISVTX:
        folder.chmod(0o700)
    return folder
