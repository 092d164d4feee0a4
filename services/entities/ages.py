"""Format lengths of time, such as “3 d ago”."""

import re
from datetime import timedelta

_UNITS = ((24 * 3600, "d"), (3600, "h"), (60, "min"))
AGE = re.compile(rf"\b(?:\d+ (?:{'|'.join(unit for _, unit in _UNITS)}) ago|just now)\b")
"""Matches an age as `age` writes it, such as “3 d ago”."""


def age(passed: timedelta) -> str:
    """Return how long ago something was in its largest unit, such as “3 d ago”."""
    return f"{duration(passed)} ago" if passed >= timedelta(minutes=1) else "just now"


def duration(length: timedelta) -> str:
    """Return a length of time in its largest unit, at least a minute."""
    seconds = max(60, int(length.total_seconds()))
    return next(f"{seconds // size} {unit}" for size, unit in _UNITS if seconds >= size)
