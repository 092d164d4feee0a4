"""A page of a list of records."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.entities.base import Entity
from services.entities.card import Ref
from services.entities.rows import ListRow
from services.tools.headings import in_words

NONE_AMONG = "I found none among them"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list of records.

    `what` is its heading for models, `order` the sort as text. `limited` is the sentence for
    viewers who don't see all records, `examples` the line that names some of the `total`. The next
    page begins after the id `next`.
    """

    kind: type[Entity]
    what: str
    rows: Sequence[ListRow]
    total: int
    next: str | None = None
    order: str = ""
    limited: str = ""
    examples: str = ""

    @property
    def refs(self) -> tuple[Ref, ...]:
        return tuple(row.ref for row in self.rows)

    @property
    def in_words(self) -> str:
        """The heading for people."""
        return in_words(self.what)

    @property
    def nothing(self) -> str:
        """The sentence for an empty list; it does not say whether hidden records exist."""
        if self.limited:
            return f"{self.limited} {NONE_AMONG}: {self.in_words}."
        # Some private records are hidden even from technicians.
        seen = " that you can see" if "private" in self.kind.facts() else ""
        return f"No {self.in_words}{seen}."

    def as_text(self) -> str:
        if not self.rows:
            return self.nothing
        order = f", {self.order}" if self.order else ""
        lines = [f"{len(self.rows)} of {self.total} {self.what}{order}:"]
        lines += [f"- {row.as_text()}" for row in self.rows]
        if self.next:
            lines.append(f"More: call again with after={self.next}.")
        return "\n".join([*lines, *(each for each in (self.examples, self.limited) if each)])


Result = Entity | Page | tuple[Entity, ...] | str
