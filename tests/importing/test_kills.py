"""An import that is killed leaves whole batches, and the next one completes it."""

import multiprocessing
import random
import time
from multiprocessing.connection import Connection
from pathlib import Path

from services.importing.run import BATCH, Request, run_import
from tests.importing.bringing import Imports

KILLS = 10
MACHINES = [(f"K-{n}", f"LT-K{n}", f"KX{n * 7919:08}") for n in range(6 * BATCH + 500)]
CONTENT = "Asset Tag,Name,Serial,Type\n" + "".join(
    f"{','.join(machine)},Laptop\n" for machine in MACHINES
)
# A server that has the modules and forks: a new Python would take longer than the import.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


def bring(url: str, path: Path, progress: Connection) -> None:
    run_import(url, Request(path), str, progress.send)


def kill_at(imports: Imports, batches: int, seconds: float) -> None:
    """Start an import, and kill it `seconds` after it has read `batches` batches, or at its end."""
    progress, sender = PROCESSES.Pipe(duplex=False)
    arguments = (imports.url, imports.folder / "file.csv", sender)
    process = PROCESSES.Process(target=bring, args=arguments)
    process.start()
    sender.close()
    with progress:
        for _ in range(min(batches, len(MACHINES) // BATCH)):
            progress.recv()
        time.sleep(seconds)
        process.kill()
        process.join()
    imports.end_others()


def imported(imports: Imports) -> list[tuple[object, ...]]:
    query = "SELECT external_id, name, serial_number FROM machines WHERE external_id LIKE 'K-%'"
    return imports.rows(f"{query} ORDER BY id")


def test_import_that_is_killed_leaves_only_whole_batches_of_rows(imports: Imports) -> None:
    (imports.folder / "file.csv").write_text(CONTENT)
    moments = random.Random(1)
    for _ in range(KILLS):
        done = len(imported(imports))
        kill_at(imports, done // BATCH + moments.randint(0, 1), moments.random() / 3)
        rows = imported(imports)
        assert len(rows) % BATCH == 0 or len(rows) == len(MACHINES)
        assert rows == MACHINES[: len(rows)]
    imports.bring(CONTENT)
    assert imported(imports) == MACHINES
    events = "SELECT count(*) FROM events WHERE table_name = 'machines' AND source = 'file.csv'"
    assert imports.one(events) == (len(MACHINES),)
    assert imports.counts(CONTENT) == {"unchanged": len(MACHINES)}
