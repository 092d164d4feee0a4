"""Names of columns and choices in other systems, from headers.toml and choices.toml."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

Words = Mapping[str, list[str]]
"""For each of our columns or values, the names that other systems use for it."""


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("services.importing").joinpath(name).read_text(encoding="utf-8"))


def flat(words: Words) -> dict[str, str]:
    """Return our name for each name that other systems use, the reverse of `Words`."""
    return {each: ours for ours, others in words.items() for each in others}


HEADERS: Mapping[str, Words] = _read("headers.toml")
"""The names of each column in other systems, by kind of record."""
CHOICES: Mapping[str, Any] = _read("choices.toml")
"""The names of each value in other systems, by kind of record and column; some for all kinds."""

YES_OR_NO = flat(CHOICES["yes_or_no"])
SERVICENOW = {
    kind: {name: flat(words) for name, words in columns.items()}
    for kind, columns in CHOICES["servicenow"].items()
}
MODELS = flat(CHOICES["models"])
NOBODY = set(CHOICES["nobody"]["any"])
RECORDERS = set(CHOICES["recorders"]["any"])
NO_MACHINES = CHOICES["no_machines"]["any"]
REOPENED = set(CHOICES["reopened"]["any"])
OPEN_TYPES = set(CHOICES["open_types"]["any"])
TOTALS = set(CHOICES["totals"]["any"])
NOUNS: Mapping[str, list[str]] = CHOICES["headers"]["nouns"]
CONTAINERS = set(CHOICES["headers"]["containers"])
VALUES = set(CHOICES["headers"]["values"])
IN_MEGABYTES = set(CHOICES["in_megabytes"]["any"])
PUBLIC_NOTES = tuple(CHOICES["public_notes"]["any"])
NO_UUID = set(CHOICES["no_uuid"]["any"])
NO_SERIAL = set(CHOICES["no_serial"]["any"])
