"""Normalise headers and words of other systems, so that they can be compared."""

import re

from services.importing.words import CONTAINERS, IN_MEGABYTES, VALUES
from services.sanitize import plain

_UNIT = re.compile(r"\b(?:in )?(k?bytes|[kmgt]i?b|megabytes|gigabytes|terabytes|[kmg]o)\b")
_GIGABYTES = {
    "bytes": 2**-30,
    "megabytes": 2**-10,
    "gigabytes": 1,
    "terabytes": 2**10,
}
_CUSTOM = re.compile(r"custom field \((.{1,200})\)", re.IGNORECASE)
"""Matches the headers that Jira gives to columns which a site has added."""
_LEVELS = re.compile(r"\.| - |: ")
"""Matches what separates the parts of headers such as `general.name` and “Work - Title”."""
_PREFIXES = {"k": 2**-20, "m": 2**-10, "g": 1, "t": 2**10}
"""The size of units such as KB, KiB and, in French, Ko, in gigabytes."""


def plain_header(header: str) -> str:
    """Return a header's words without unit, `[READ ONLY]` and the `Details_Table0_` of reports.

    `serialNumber` becomes two words, and so does “Serial #”.
    """
    header = re.sub(r"\[.*?\]|^Details_Table\d+_", " ", header).replace("#", " number ")
    words = _UNIT.sub(" ", plain(_split(header))).replace("email id", "email")
    return " ".join(words.split()).removesuffix(" display value")


def header_names(header: str) -> list[str]:
    """Return what a header may be called, the surest first.

    Parts that only say where a value stands are left out one by one: `custom_fields.RAM.value` may
    be called “custom fields ram value”, “custom fields ram” or “ram”.
    """
    if custom := _CUSTOM.fullmatch(header):
        header = custom[1]
    parts = [
        part for part in map(plain_header, _LEVELS.split(header)) if not re.fullmatch(r"\d*", part)
    ]
    if len(parts) > 1 and parts[-1] in VALUES:
        parts.pop()
    found = [plain_header(header), " ".join(parts)]
    while len(parts) > 1 and parts[0] in CONTAINERS:
        parts = parts[1:]
        found.append(" ".join(parts))
    return found


def gigabytes(text: str) -> float | None:
    """Return the size in gigabytes of the unit in a header or beside a number; None without one."""
    words = plain(_split(text))
    found = _UNIT.search(words) or re.search(r"\b(to)$", words)
    if found is None:
        return _PREFIXES["m"] if words in IN_MEGABYTES else None
    return _GIGABYTES.get(found[1]) or _PREFIXES[found[1][0]]


def _split(text: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])(?<![KMGT]i(?=B))", " ", text)
