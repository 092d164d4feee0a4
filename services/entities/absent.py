"""The value that stands for "no record" where a record may be given: nobody, no team."""

from typing import Final


class Absent:
    """Beside a record type in `Annotated`, says that the word for "none" may stand in its place."""


ABSENT: Final = Absent()

NOBODY = "nobody", "no one", "none", "unassigned"
"""Words for it, beside the one that the record type has."""
