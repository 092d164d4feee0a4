"""What becomes of a row."""

from dataclasses import dataclass, field
from typing import Any, Literal

from services.entities.base import Entity
from services.importing.attachments import Additions
from services.importing.candidates import Candidate
from services.importing.kinds import Target
from services.importing.mentions import Mention

Verb = Literal["created", "changed", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Change:
    """A value of an existing record. `kept` if it stays, because somebody here has set it."""

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
    newcomers: dict[str, Mention] = field(default_factory=dict)
    """Columns whose person has to be added first, with the cells that name them."""
    is_early: bool = False
    """Whether it names somebody who may come later in the same file."""

    @property
    def verb(self) -> Verb:
        if self.candidate.refused:
            return "refused"
        if self.record is None:
            return "created"
        is_changed = any(not each.kept for each in self.changes) or self.additions
        return "changed" if is_changed else "unchanged"
