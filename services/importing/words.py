"""Names of columns and choices in other systems, from headers.toml and choices.toml."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

Words = Mapping[str, list[str]]
"""For each of our words those of others."""


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("services.importing").joinpath(name).read_text(encoding="utf-8"))


def flat(words: Words) -> dict[str, str]:
    """Return our word for each of the others."""
    return {each: ours for ours, others in words.items() for each in others}


HEADERS: Mapping[str, Words] = _read("headers.toml")
"""For each kind of record, by column."""
CHOICES: Mapping[str, Any] = _read("choices.toml")
"""For each kind of record, by column and value; and what holds for all kinds."""

YES_OR_NO = flat(CHOICES["yes_or_no"])
SERVICENOW = {name: flat(words) for name, words in CHOICES["servicenow"].items()}
MODELS = flat(CHOICES["models"])
NO_MACHINES = CHOICES["no_machines"]["any"]
OPEN_TYPES = set(CHOICES["open_types"]["any"])
TOTALS = set(CHOICES["totals"]["any"])
IN_MEGABYTES = set(CHOICES["in_megabytes"]["any"])
PUBLIC_NOTES = tuple(CHOICES["public_notes"]["any"])
NO_UUID = set(CHOICES["no_uuid"]["any"])
NO_SERIAL = set(CHOICES["no_serial"]["any"])
