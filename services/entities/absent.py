"""The words for "no record" where a parameter takes a record: “nobody”, “no team”."""

from typing import Final


class Absent:
    """In `Annotated` beside a record type: the parameter also takes the word for "none"."""


ABSENT: Final = Absent()

NONE: Final = "none"
NOBODY = "nobody", "no one", NONE, "unassigned"
"""Words for "no record" of any type, beside the type's own word (`absent`)."""
