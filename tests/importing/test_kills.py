"""An import that is killed leaves whole batches, and the next one completes it."""

import os
import random
import subprocess
import sys
import time

import pytest

from services.importing.run import BATCH
from tests.importing.bringing import Imports

ROWS = 4 * BATCH + 500
HEADER = "Asset Tag,Name,Type,Serial,Model\n"
CONTENT = HEADER + "".join(
    f"K-{n},LT-K{n},Laptop,KX{n * 7919:08},ThinkPad T14\n" for n in range(ROWS)
)


def start(imports: Imports) -> subprocess.Popen[str]:
    """Start a process that imports the file."""
    (imports.folder / "file.csv").write_text(CONTENT)
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "import", str(imports.folder / "file.csv")],
        env=os.environ | {"DATABASE_URL": imports.url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def imported(imports: Imports) -> int:
    [count] = imports.one("SELECT count(*) FROM machines WHERE external_id LIKE 'K-%'")
    assert isinstance(count, int)
    return count


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_import_leaves_whole_batches(imports: Imports, seed: int) -> None:
    moments = random.Random(seed)
    for _ in range(2):
        process = start(imports)
        assert process.stderr
        with process, process.stderr as progress:
            for _ in range(moments.randint(1, 3)):
                progress.readline()
            time.sleep(moments.random() / 3)
            process.kill()
        imports.end_others()
        assert imported(imports) % BATCH == 0 or imported(imports) == ROWS
    imports.bring(CONTENT)
    assert imported(imports) == ROWS
    assert imports.counts(CONTENT) == {"unchanged": ROWS}
