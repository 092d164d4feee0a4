"""Argument types that several tools share: the lengths of texts and the bounds of numbers."""

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from services.entities.base import Entity
from services.entities.note import Note
from services.entities.ticket import Ticket

MOST_AT_ONCE = 50
"""Records that one call may change."""

LONGEST_WORDS = 200
"""Characters of a search; Postgres refuses queries of many thousand words."""


def _text_of(entity_type: type[Entity], name: str, min_length: int = 0) -> StringConstraints:
    """Return what a text for the column must fulfil."""
    longest = entity_type.facts()[name].max_length
    return StringConstraints(strip_whitespace=True, min_length=min_length, max_length=longest)


Title = Annotated[str, _text_of(Ticket, "name", 1)]
Text = Annotated[str, _text_of(Ticket, "description")]
RequiredText = Annotated[str, _text_of(Note, "text", 1)]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_WORDS)
]
OptionalWords = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_WORDS)]
Tags = Annotated[
    list[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]],
    BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
    Field(max_length=20, description="such as site=berlin; technicians only"),
]
SlackId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+$", max_length=32)]
Gigabytes = Annotated[int, Field(ge=0, le=1_000_000)]
RowNumber = Annotated[int, Field(ge=1, lt=2**63)]
"""A number that the database gave a row: Postgres refuses to compare it with a larger one."""
