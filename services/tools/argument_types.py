"""Parameter types that several tools share, with the lengths of texts and bounds of numbers."""

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from services.entities.column import TITLE_LENGTH, Facts
from services.entities.note import Note
from services.entities.ticket import Ticket

MOST_AT_ONCE = 50
"""The maximum number of records that one call may change."""

LONGEST_WORDS = 200
"""The maximum number of characters of a search. Postgres refuses queries of many thousand words."""


def text_of(facts: Facts, min_length: int | None = None) -> StringConstraints:
    """Return the length limits of a text for the column."""
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
"""The id of a row, such as a turn's: Postgres refuses to compare it with a larger number."""
