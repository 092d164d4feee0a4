"""Commands with odd arguments and outputs end with one sentence."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PRIYA = "priya.raman@alderway.example"


def run(url: str, folder: Path, *arguments: str | bytes, **how: Any) -> tuple[int, str, str]:
    """Run a command of the desk; return its exit code, output and errors."""
    environment = {"DATABASE_URL": url, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    environment |= how.pop("environment", {})
    how = {"stdout": subprocess.PIPE, **how}
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        check=False,
        **how,
    )
    return done.returncode, (done.stdout or b"").decode(), done.stderr.decode()


@pytest.mark.parametrize(
    "arguments",
    [("role", b"caf\xe9", "admin"), ("ask", b"caf\xe9?", "--as", PRIYA), ("tool", "--as", b"\xe9")],
)
def test_argument_that_is_not_in_utf8_is_refused(
    tmp_path: Path, arguments: tuple[str | bytes, ...]
) -> None:
    code, _, told = run("", tmp_path, *arguments)
    assert (code, told.count("\n")) == (1, 1)
    assert "is not in UTF-8: give it in that encoding." in told


@pytest.mark.parametrize(
    "arguments",
    [("role", " ", "admin"), ("forget", ""), ("ask", "hello", "--as", ""), ("tool", "--as", "")],
)
def test_empty_email_address_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, _, told = run("", tmp_path, *arguments)
    assert (code, told.endswith("it is empty: give an email address\n")) == (2, True)


@pytest.mark.parametrize("rest", [("admin",), ("admin", "\x1b[31mmore")])
def test_escapes_in_arguments_do_not_reach_the_terminal(
    fresh_database: str, tmp_path: Path, rest: tuple[str, ...]
) -> None:
    code, _, told = run(fresh_database, tmp_path, "role", "\x1b[31mred", *rest)
    assert code > 0
    assert "[31m" in told
    assert "\x1b" not in told


def test_output_that_cannot_show_a_character_shows_its_number(
    fresh_database: str, tmp_path: Path
) -> None:
    how = {"environment": {"PYTHONIOENCODING": "ascii"}}
    call = ("tool", "find_people", '{"words": "kowalczyk"}', "--as", PRIYA)
    code, told, _ = run(fresh_database, tmp_path, *call, **how)
    assert (code, "\\u0141ukasz" in told) == (0, True)
    code, told, _ = run(fresh_database, tmp_path, "export", "people", **how)
    assert (code, "Łukasz" in told) == (0, True)


def no_room() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def no_output() -> None:
    os.close(1)


def test_export_that_cannot_be_printed_says_so(fresh_database: str, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as full:
        how = {"stdout": full, "preexec_fn": no_room}
        code, _, told = run(fresh_database, tmp_path, "export", "people", **how)
    assert (code, told) == (1, "The output can't be written (File too large).\n")
    how = {"stdout": None, "preexec_fn": no_output}
    code, _, told = run(fresh_database, tmp_path, "export", "people", **how)
    assert (code, told.startswith("The standard output is closed: ")) == (1, True)


def test_export_whose_reader_has_gone_ends_quietly(fresh_database: str, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code, _, told = run(fresh_database, tmp_path, "export", "people", stdout=writer)
    os.close(writer)
    assert (code, told) == (1, "")
