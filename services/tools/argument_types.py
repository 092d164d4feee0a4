"""Argument types that several tools share: the lengths of texts and the bounds of numbers."""

from typing import Annotated

from pydantic import Field, StringConstraints

from services.entities.column import TEXT_LENGTH, TITLE_LENGTH

LONGEST_WORDS = 200
"""Characters of a search; Postgres refuses queries of many thousand words."""

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_LENGTH)
]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_WORDS)
]
OptionalWords = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_WORDS)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=TEXT_LENGTH)]
RequiredText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_LENGTH)
]
SlackId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,32}$")]
Gigabytes = Annotated[int, Field(ge=0, le=1_000_000)]
RowNumber = Annotated[int, Field(ge=1, lt=2**63)]
"""A number that the database gave a row: Postgres refuses to compare it with a larger one."""
