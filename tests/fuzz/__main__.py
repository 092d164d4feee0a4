"""`make fuzz`: fuzz every parser for some minutes, and time each on long texts."""

import argparse
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.targets import TARGETS, TEXTS, Target
from tests.services.test_patterns import UNITS

LONGEST = 40_000
"""How many characters a timed text has."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make fuzz ARGS=")
    parser.add_argument("--minutes", type=float, default=3.0, help="for all parsers together")
    minutes = parser.parse_args().minutes
    for name, target in TARGETS.items():
        examples = _fuzz(target, minutes * 60 / len(TARGETS))
        print(f"{name:28} {examples:>8} examples  {_slowest(target)}", flush=True)


def _fuzz(target: Target, lasts: float) -> int:
    """Try made-up inputs for so many seconds; a failure is raised with the input that caused it."""
    tried = 0

    def read(given: Any) -> None:
        nonlocal tried
        tried += 1
        target(given)

    until, round_ = time.monotonic() + lasts, 0
    while time.monotonic() < until:
        round_ += 1
        _round(target, read, round_)()
    return tried


def _round(target: Target, read: Callable[[Any], None], number: int) -> Callable[[], None]:
    checked = seed(time.time_ns() + number)(given(target.given)(read))
    rules = settings(
        max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    return rules(checked)  # type: ignore[no-any-return]


def _slowest(target: Target) -> str:
    if target.given is not TEXTS:
        return ""
    took = {unit: _milliseconds(target, unit) for unit in UNITS}
    unit = max(took, key=lambda unit: took[unit])
    return f"slowest on {LONGEST} characters: {took[unit]:.0f} ms ({unit!r})"


def _milliseconds(target: Target, unit: str) -> float:
    text = (unit * LONGEST)[:LONGEST]
    begun = time.process_time()
    target(text)
    return (time.process_time() - begun) * 1000


if __name__ == "__main__":
    main()
