"""Mapping files: how a person explains the headers and values of a file."""

import json
import tomllib
from functools import cached_property
from pathlib import Path
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from services.errors import DeskError
from services.importing.dates import ORDERS, Order
from services.sanitize import plain


class Mapping(BaseModel):
    """The content of a mapping file; docs/importing.md describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    defaults: dict[str, str] = Field(default_factory=dict)
    dates: str | dict[str, str] = ""
    timezone: str = "UTC"
    overwrite: list[str] = Field(default_factory=list)

    @field_validator("dates")
    @classmethod
    def _known_order(cls, given: str | dict[str, str]) -> str | dict[str, str]:
        each = given.values() if isinstance(given, dict) else [given] if given else []
        if unknown := [one for one in each if one not in ORDERS]:
            raise ValueError(f"“{unknown[0]}” is none of {', '.join(ORDERS)}")
        return given

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, given: str) -> str:
        if given not in available_timezones():
            raise ValueError(f"“{given}” is no time zone such as Europe/Berlin")
        return given

    def target_of(self, header: str) -> str:
        """Return the column that a header fills."""
        return self.columns[header].partition(" ")[0]

    def with_unit(self, header: str) -> str:
        """Return the header with the unit that the mapping file gives, such as “ram_gb MB”."""
        return f"{header} {self.columns.get(header, '').partition(' ')[2]}".strip()

    def order_of(self, header: str) -> Order | None:
        """Return the order of day and month that the mapping file gives for a column, or None."""
        said = self.dates if isinstance(self.dates, str) else self.dates.get(header, "")
        return ORDERS.get(said)

    def meanings(self, name: str) -> dict[str, str]:
        """Return the meanings that the file gives to words of a column, by plain word."""
        return self._meanings.get(name, {})

    def meant(self, name: str, word: str) -> str:
        """Return the meaning of a word in a column; the word itself if the file gives none."""
        return self.meanings(name).get(plain(word), word)

    @cached_property
    def _meanings(self) -> dict[str, dict[str, str]]:
        return {
            name: {plain(theirs): ours for theirs, ours in words.items()}
            for name, words in self.values.items()
        }


def load_mapping(path: Path | None) -> Mapping:
    """Return the mapping of a TOML or JSON file; a wrong one raises `DeskError`."""
    if path is None:
        return Mapping()
    try:
        words = path.read_text(encoding="utf-8-sig")
        content = json.loads(words) if words.lstrip().startswith("{") else tomllib.loads(words)
        return Mapping.model_validate(content)
    except OSError as error:
        raise DeskError(f"I can't read {path} ({error.strerror}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        why = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            why = f"a mapping has {', '.join(Mapping.model_fields)}"
        raise DeskError(f"In {path}, {where}: {why}.") from error
    except ValueError as error:
        raise DeskError(f"{path} is neither TOML nor JSON: {error}.") from error
