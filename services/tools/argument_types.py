"""Argument types that several tools share: the lengths of texts and the bounds of numbers."""

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from services.entities.column import TITLE_LENGTH, Facts
from services.entities.note import Note
from services.entities.ticket import Ticket

MOST_AT_ONCE = 50
"""Records that one call may change."""

LONGEST_WORDS = 200
"""Characters of a search; Postgres refuses queries of many thousand words."""


def text_of(facts: Facts, min_length: int | None = None) -> StringConstraints:
    """Return what a text for the column must fulfil."""
    longest = facts.max_length or TITLE_LENGTH
    return StringConstraints(strip_whitespace=True, min_length=min_length, max_length=longest)


Title = Annotated[str, text_of(Ticket.facts()["name"], 1)]
Text = Annotated[str, text_of(Ticket.facts()["description"])]
RequiredText = Annotated[str, text_of(Note.facts()["text"], 1)]
NoteBeside = Annotated[Text, Field(description="added to each record in the same change")]
InternalNote = Annotated[bool, Field(description="only technicians may read the note")]
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
RowNumber = Annotated[int, Field(ge=1, lt=2**63)]
"""A number that the database gave a row: Postgres refuses to compare it with a larger one."""
