"""The outcome of a row: what the import does with it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from services.entities.base import Entity
from services.importing.attachments import Additions
from services.importing.candidates import Candidate
from services.importing.kinds import Target
from services.importing.references import Named

Verb = Literal["created", "changed", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Change:
    """A changed value; `kept` if the old one stays because a person, or Slack, has set it."""

    target: Target
    old: Any
    new: Any
    kept: bool = False


@dataclass
class Outcome:
    """The planned outcome of a row."""

    candidate: Candidate
    record: Entity | None = None
    values: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    additions: Additions = field(default_factory=Additions)
    newcomers: list[Named] = field(default_factory=list)
    """People whom the import has added and no earlier row names."""
    is_early: bool = False
    """True if it mentions a person or record that a later row of the file may add."""

    @property
    def number(self) -> int:
        """The number of the existing record; 0 if the row is about a new one."""
        return int(self.record.id) if self.record else 0

    @property
    def verb(self) -> Verb:
        if self.candidate.refused:
            return "refused"
        if self.record is None and not self.candidate.only_notes:
            return "created"  # otherwise a dry run, which has not written the record
        is_changed = any(not each.kept for each in self.changes) or self.additions
        return "changed" if is_changed else "unchanged"


def left_out(what: str, cell: str, is_later: bool) -> str:
    """Return the remark on a cell whose person is unknown; `is_later`: a later row may add them."""
    if is_later:
        return f"{what} “{cell}” is not known here yet: left out unless a later row adds it"
    return f"{what} “{cell}” is not known here: left out"
