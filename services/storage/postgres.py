"""The embedded Postgres: one server for all processes on a data directory.

It ends with the last of them.

There are two file locks. Each process that uses the server has a shared lock on `postgres.users`;
the watchdog stops the server when it gets that lock exclusively. The process that locks
`postgres.lock` starts the server, and watchdog and server inherit the lock: while it is held, a
server is running, starting or stopping. The kernel frees the locks of a process that dies, so no
file with a process id can be stale.
"""

import fcntl
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar
from urllib.parse import quote

import psycopg

from services.errors import SetupError
from services.storage import cluster as clusters
from services.storage.cluster import Cluster
from services.storage.files import make_private

T = TypeVar("T")
Watchdog = subprocess.Popen[bytes]

WATCHDOG = Path(__file__).with_name("watchdog.py")
PATIENCE_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    # Used only as far as the database grows; searches of a large one take a fifth less time.
    "shared_buffers": "512MB",
    "log_checkpoints": "off",
}
FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def _silently(_: str) -> None:
    pass


@contextmanager
def embedded(
    data_dir: Path, *, durable: bool = True, say: Callable[[str], None] = _silently
) -> Iterator[str]:
    """Yield the owner's URL of a running server with its data in `data_dir`; start it if needed."""
    data_dir = data_dir.resolve()
    with _clear_errors(data_dir):
        make_private(data_dir)
        users = (data_dir / "postgres.users").open("w")
    watchdog = None
    try:
        with _clear_errors(data_dir):
            _wait_for(lambda: _locked(users, fcntl.LOCK_SH), data_dir)
            url, watchdog = _join_or_start(data_dir, durable, say)
        yield url
    finally:
        _leave(users, watchdog)


@contextmanager
def _clear_errors(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SetupError(
            f"Cannot keep a database in {data_dir} ({error.strerror}): make sure that it is "
            "writable and has free space, choose another folder with DATA_DIR, or set DATABASE_URL."
        ) from error


def _locked(file: IO[str], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for(attempt: Callable[[], T | None], data_dir: Path) -> T:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (result := attempt()):
        if time.monotonic() > deadline:
            raise SetupError(
                f"Another process holds the database in {data_dir} but it does not answer: "
                f"end that process, or look into {data_dir / 'postgres.log'}"
            )
        time.sleep(0.02)
    return result


def _join_or_start(
    data_dir: Path, durable: bool, say: Callable[[str], None]
) -> tuple[str, Watchdog | None]:
    with (data_dir / "postgres.lock").open("w") as lock:

        def attempt() -> tuple[str, Watchdog | None] | None:
            if url := _running(data_dir):
                return url, None
            if _locked(lock, fcntl.LOCK_EX):
                return _start(data_dir, lock.fileno(), durable, say)
            return None

        return _wait_for(attempt, data_dir)


def _running(data_dir: Path) -> str | None:
    """Return the URL of the server if it answers, else None: a pid file may be stale."""
    pid_file = clusters.data_path(data_dir) / "postmaster.pid"
    try:
        # Empty until the server listens.
        sockets = Path(pid_file.read_text().splitlines()[4])
        # After a crash anybody may have made a folder of that name in /tmp.
        ours = (sockets / ".s.PGSQL.5432").stat().st_uid == pid_file.stat().st_uid
    except (FileNotFoundError, IndexError):
        return None
    return _url(sockets) if ours and _answers(_url(sockets)) else None


def _url(sockets: Path) -> str:
    return f"postgresql://deskhand@/deskhand?host={quote(str(sockets), safe='')}"


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _start(
    data_dir: Path, lock: int, durable: bool, say: Callable[[str], None]
) -> tuple[str, Watchdog]:
    cluster = clusters.locate(data_dir, say)
    say("Starting Postgres …")
    if not cluster.data.exists():
        clusters.create(cluster, lock, durable=durable)
    # We hold the lock and nobody answers: a leftover, whose pid may be another process by now.
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    sockets = cluster.socket_folder()
    log = data_dir / "postgres.log"
    if log.exists():
        log.replace(log.with_suffix(".log.old"))
    watchdog = _spawn(cluster, sockets, data_dir, lock, durable)
    try:
        _wait_until_ready(watchdog, _url(sockets), log, cluster)
    except BaseException:
        _stop(watchdog)
        raise
    return _url(sockets), watchdog


def _spawn(cluster: Cluster, sockets: Path, data_dir: Path, lock: int, durable: bool) -> Watchdog:
    settings = SETTINGS | ({} if durable else FOR_TESTS)
    options = [f"--{name}={value}" for name, value in settings.items()]
    plan = {
        "command": cluster.command("postgres", "-D", str(cluster.data), "-k", str(sockets))
        + options,
        "account": cluster.account,
        "users": str(data_dir / "postgres.users"),
        "sockets": str(sockets),
    }
    with (data_dir / "postgres.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(WATCHDOG), json.dumps(plan)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd="/",
            env=clusters.ENVIRONMENT,
            pass_fds=[lock],
            # In its own session: Ctrl-C in the terminal would stop the server too early.
            start_new_session=True,
        )


def _wait_until_ready(watchdog: Watchdog, url: str, log: Path, cluster: Cluster) -> None:
    """Wait until the server answers, without a time limit: recovery may take long."""
    while not _answers(url):
        if watchdog.poll() is not None:
            raise SetupError(clusters.explain(log.read_text(errors="replace"), cluster.data))
        time.sleep(0.01)


def _leave(users: IO[str], watchdog: Watchdog | None) -> None:
    with users:
        if watchdog is None:
            return
        if _locked(users, fcntl.LOCK_EX):
            _stop(watchdog)
            return
        # Others still use the server, and the watchdog waits for them. Should this process live
        # on, the thread reaps it; without input, `communicate` closes the pipe and waits.
        threading.Thread(target=watchdog.communicate, daemon=True).start()


def _stop(watchdog: Watchdog) -> None:
    """Send the watchdog the byte that stops the server; a pipe closed without it means a crash."""
    watchdog.communicate(b".")
