"""Placeholder serial numbers and UUIDs, such as “N/A”, which identify no machine."""

import re

from services.importing.words import NO_SERIAL, NO_UUID
from services.sanitize import plain

_SHORTEST = 4
_DIGITS = "01234567890123456789"
_WITH_NUMBERS = {"sn", "s", "n", "sys", "system", "serial", "number", "no", "test", "x"}


def is_junk(serial: str) -> bool:
    """Return whether a serial number is a placeholder: too short, “12345”, or a word for none."""
    if serial.casefold() in NO_UUID:
        return True
    words = re.findall(r"[^\W\d_]+|\d+", plain(serial))
    signs = "".join(words)
    if len(signs) < _SHORTEST or len(set(signs)) == 1:
        return True
    if any(word.isdigit() for word in words):
        return all(_is_counted(word) or word in _WITH_NUMBERS for word in words)
    return all(word in NO_SERIAL for word in words)


def _is_counted(word: str) -> bool:
    """Return whether the digits of a number count up or down, or are all the same."""
    if not word.isdigit() or len(word) < _SHORTEST:
        return False
    return len(set(word)) == 1 or word in _DIGITS + _DIGITS[::-1]
