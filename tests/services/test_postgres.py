"""The embedded server with real processes: sharing, stopping, recovery, and root."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from services.errors import SetupError
from services.storage import cluster
from services.storage.postgres import embedded
from tests.waiting import PATIENCE, until_sync

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a way round")

CHILD = """
import pathlib, signal, sys, psycopg
from services.storage.postgres import embedded
# As in a terminal: nohup and background jobs hand on ignored signals.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
with embedded(pathlib.Path(sys.argv[1]), durable=False) as url:
    try:
        print(url, flush=True)
        sys.stdin.read()
    except KeyboardInterrupt:
        psycopg.connect(url).close()
        print("still there", flush=True)
"""


KILLED_DURING_INITDB = """
import os, pathlib, signal, subprocess, sys, time
from services.storage.postgres import embedded
draft = pathlib.Path(sys.argv[1]) / "postgres.new"
def die_with_initdb_running(*_, **__):
    while not (draft / "PG_VERSION").exists():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
communicate = subprocess.Popen.communicate
subprocess.Popen.communicate = lambda *given, **named: (
    die_with_initdb_running if draft.exists() else communicate
)(*given, **named)
embedded(pathlib.Path(sys.argv[1]), durable=False).__enter__()
"""


def another_process(data_dir: Path, code: str = CHILD) -> subprocess.Popen[str]:
    """Start a process that uses the server until its input ends."""
    command = [sys.executable, "-c", code, str(data_dir)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True)


def url_of(child: subprocess.Popen[str]) -> str:
    return child.stdout.readline().strip() if child.stdout else ""


def ask(url: str, question: str) -> str:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(question.encode())
        row = cursor.fetchone() if cursor.description else None
    return str(row[0]) if row else ""


def refusal(data_dir: Path) -> str:
    with pytest.raises(SetupError) as caught:
        embedded(data_dir).__enter__()
    return str(caught.value)


def started_at(url: str) -> str:
    return ask(url, "SELECT pg_postmaster_start_time()")


def all_gone(data_dir: Path) -> bool:
    """Wait until watchdog and server have ended, without a crash and without a zombie of ours."""

    def is_over() -> bool:
        listed = subprocess.check_output(["ps", "-axww", "-o", "ppid=,stat=,args="], text=True)
        zombie = re.search(rf"^ *{os.getpid()} +Z", listed, re.MULTILINE)
        ended = str(data_dir) not in listed and not (data_dir / "postgres/postmaster.pid").exists()
        return ended and not zombie

    return until_sync(is_over)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an initialised data directory, which tests share: initdb takes half a second."""
    folder = tmp_path_factory.mktemp("data")
    with embedded(folder, durable=False):
        return folder


def test_embedded_postgres_keeps_the_data_over_a_restart(tmp_path: Path) -> None:
    said: list[str] = []
    with embedded(tmp_path, say=said.append) as url:
        ask(url, "CREATE TABLE kept AS SELECT 'ÄÖÜ' AS word")
    assert all_gone(tmp_path)
    with embedded(tmp_path) as url:
        assert ask(url, "SELECT lower(word) FROM kept") == "äöü"
    assert said == ["Starting Postgres …"]


def test_url_of_the_embedded_postgres_works_in_sqlalchemy_without_a_tcp_port(
    data_dir: Path,
) -> None:
    with embedded(data_dir, durable=False) as url:
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT current_user").scalar() == "deskhand"
        engine.dispose()
        assert ask(url, "SHOW listen_addresses") == ""
        assert ask(url, "SHOW fsync") == "off"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_embedded_postgres_ends_when_its_only_process_is_killed(
    data_dir: Path, number: signal.Signals
) -> None:
    with another_process(data_dir) as child:
        sockets = Path(ask(url_of(child), "SHOW unix_socket_directories"))
        child.send_signal(number)
        child.wait(PATIENCE)
    assert all_gone(data_dir)
    assert not sockets.exists()


def test_ctrl_c_ends_the_process_but_does_not_reach_its_postgres_server(data_dir: Path) -> None:
    with another_process(data_dir) as child:
        url_of(child)
        os.killpg(child.pid, signal.SIGINT)
        assert child.communicate(timeout=PATIENCE)[0] == "still there\n"
    assert all_gone(data_dir)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the server of it")
def test_embedded_postgres_ends_when_its_watchdog_is_killed(data_dir: Path) -> None:
    with another_process(data_dir) as child:
        sockets = Path(ask(url_of(child), "SHOW unix_socket_directories"))
        server = int((data_dir / "postgres/postmaster.pid").read_text().split()[0])
        os.kill(int(Path(f"/proc/{server}/stat").read_text().split()[3]), signal.SIGKILL)
        child.kill()
    assert all_gone(data_dir)
    sockets.rmdir()


def test_second_process_shares_the_embedded_postgres_of_the_first(data_dir: Path) -> None:
    with another_process(data_dir) as starter:
        start = started_at(url_of(starter))
        with embedded(data_dir):
            pass
        with embedded(data_dir) as url:
            assert started_at(url) == start
            starter.communicate(timeout=PATIENCE)
            assert started_at(url) == start
    assert all_gone(data_dir)


def test_server_runs_on_for_other_processes_after_its_starter_has_ended(data_dir: Path) -> None:
    with embedded(data_dir, durable=False) as url:
        start = started_at(url)
        sharer = another_process(data_dir)
        url_of(sharer)
    with sharer:
        assert started_at(url) == start
    assert all_gone(data_dir)


def test_two_processes_that_start_at_once_get_one_server(data_dir: Path) -> None:
    with another_process(data_dir) as one, another_process(data_dir) as two:
        assert started_at(url_of(one)) == started_at(url_of(two))


def test_stale_pid_file_is_not_taken_for_a_running_postgres(data_dir: Path) -> None:
    with embedded(data_dir, durable=False):
        stale = (data_dir / "postgres/postmaster.pid").read_text().splitlines()
    stale[0] = str(os.getpid())
    (data_dir / "postgres/postmaster.pid").write_text("\n".join(stale))
    with embedded(data_dir, durable=False) as url:
        assert ask(url, "SELECT 1") == "1"


def test_embedded_postgres_runs_under_a_long_path_with_spaces_and_umlauts(tmp_path: Path) -> None:
    with embedded(tmp_path / "Büro 'Köln' $HOME" / ("x" * 200), durable=False) as url:
        assert ask(url, "SELECT 1") == "1"


def test_interrupted_first_start_of_postgres_is_repeated(tmp_path: Path) -> None:
    with another_process(tmp_path, KILLED_DURING_INITDB) as child:
        assert child.wait(PATIENCE) == -signal.SIGKILL
    assert not (tmp_path / "postgres").exists()
    with embedded(tmp_path, durable=False) as url:
        assert ask(url, "SELECT current_database()") == "deskhand"
    assert not (tmp_path / "postgres.new").exists()


def test_data_directory_of_another_postgres_version_is_refused_with_the_remedy(
    tmp_path: Path,
) -> None:
    (tmp_path / "postgres").mkdir(mode=0o700)
    (tmp_path / "postgres/postgresql.conf").touch()
    (tmp_path / "postgres/PG_VERSION").write_text("17\n")
    assert "was written by PostgreSQL 17, and this Deskhand brings" in refusal(tmp_path)
    assert all_gone(tmp_path)


@as_root
def test_data_directory_of_another_account_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    os.chown(tmp_path / "postgres", 4242, 4242)
    assert "start Deskhand as user 4242" in refusal(tmp_path)


def test_unusable_data_folder_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "choose another folder with DATA_DIR" in refusal(tmp_path / "file/data")


def test_missing_postgres_package_is_named_when_the_desk_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "set DATABASE_URL" in refusal(tmp_path)


@as_root
def test_embedded_postgres_started_by_root_runs_in_a_user_namespace(tmp_path: Path) -> None:
    if subprocess.run(["unshare", "--user", "true"], capture_output=True).returncode:
        pytest.skip("no user namespaces here")
    tmp_path.chmod(0o700)
    with embedded(tmp_path, durable=False):
        assert (tmp_path / "postgres/PG_VERSION").exists()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Simulate a system without user namespaces; return the folder that replaces /var/lib."""
    really_works = cluster.works
    monkeypatch.setattr(cluster, "works", lambda c, f: not c.prefix and really_works(c, f))
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)
        monkeypatch.setattr(cluster, "ELSEWHERE", Path(folder))
        yield Path(folder)


@as_root
def test_embedded_postgres_started_by_root_runs_as_nobody_without_namespaces(
    tmp_path: Path, no_namespaces: Path
) -> None:
    said: list[str] = []
    with embedded(tmp_path, durable=False, say=said.append) as url:
        ask(url, "CREATE TABLE kept AS SELECT 'seven' AS word")
        start = started_at(url)
        with embedded(tmp_path) as same:
            assert started_at(same) == start
    assert all_gone(no_namespaces)
    with embedded(tmp_path, durable=False) as url:
        assert ask(url, "SELECT word FROM kept") == "seven"
    assert str(no_namespaces) in said[0]


@as_root
@pytest.mark.usefixtures("no_namespaces")
def test_start_by_root_without_namespaces_and_the_account_nobody_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    assert "needs user namespaces" in refusal(tmp_path)
