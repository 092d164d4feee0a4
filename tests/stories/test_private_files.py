"""Files that the desk keeps on disk can be read by its own account only."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from services.storage.files import make_private

ROOT = Path(__file__).parents[2]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_data_directory_and_its_files_are_closed_to_other_accounts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    code = "import os, sys; os.umask(0o022); from bot.cli.main import main; main()"
    environment = {"DATA_DIR": str(data), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, "migrate"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert mode(data) == 0o700
    files = [path for path in data.iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"postgres.log", "postgres.lock", "postgres.users"}
    assert [path for path in files if mode(path) & 0o077] == []


def test_permissions_of_a_shared_folder_such_as_tmp_are_not_changed(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    make_private(shared)
    assert mode(shared) == 0o1777
