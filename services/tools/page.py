"""Part of a list of records."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.entities.base import Entity
from services.entities.card import Ref
from services.entities.rows import ListRow
from services.tools.headings import in_words

NONE_AMONG = "I found none among them"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list of records of a kind.

    `what` heads it, `order` says how it is sorted. `limit` tells viewers who don't see all records
    which ones they are shown. `next` is the id after which the next page begins.
    """

    kind: type[Entity]
    what: str
    rows: Sequence[ListRow]
    total: int
    next: str | None = None
    order: str = ""
    limit: str = ""

    @property
    def refs(self) -> tuple[Ref, ...]:
        return tuple(row.ref for row in self.rows)

    @property
    def in_words(self) -> str:
        """What the list is of, as people say it."""
        return in_words(self.what)

    @property
    def nothing(self) -> str:
        """Return the sentence for an empty list; it reveals no more than the viewer may know."""
        if self.limit:
            return f"{self.limit} {NONE_AMONG}: {self.in_words}."
        # Some private ones are hidden from everybody.
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
        return "\n".join([*lines, *([self.limit] if self.limit else [])])


Result = Entity | Page | tuple[Entity, ...] | str
