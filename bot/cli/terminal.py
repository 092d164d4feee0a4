"""Read a command's arguments and print its output, on any terminal and into any pipe."""

import argparse
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from services.errors import DeskError, SetupError
from services.sanitize import sanitize


class Parser(argparse.ArgumentParser):
    """A parser whose errors show no control characters of what was typed."""

    def error(self, message: str) -> NoReturn:
        super().error(sanitize(message))


def in_utf8(arguments: Sequence[str]) -> Sequence[str]:
    """Return the arguments; one with other bytes raises `SetupError`: Postgres would refuse it."""
    for each in arguments:
        if not each.isascii() and each.encode(errors="ignore").decode() != each:
            raise SetupError(f"The argument {each} is not in UTF-8: give it in that encoding.")
    return arguments


def email(typed: str) -> str:
    if not typed.strip():
        raise argparse.ArgumentTypeError("it is empty: give an email address")
    return typed


@contextmanager
def plain_ending() -> Iterator[None]:
    """Print an error as one sentence. Characters that the output can't show become escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    except DeskError as error:
        print(sanitize(str(error)), file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # the reader of the output has seen enough
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@contextmanager
def written_out() -> Iterator[None]:
    """Flush what the block prints; a full disk raises `SetupError`."""
    try:
        yield
        if sys.stdout:  # None, if the descriptor is closed: then nothing is printed
            sys.stdout.flush()
    except OSError as error:
        # Python would try to write the rest once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise SetupError(f"The output can't be written ({error.strerror}).") from None


def say(line: str) -> None:
    with written_out():
        print(line)
