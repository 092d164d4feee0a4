"""Part of a list of records."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.entities.base import Entity
from services.entities.card import Ref


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its heading, its records, how many there are in all, the next cursor."""

    what: str
    items: Sequence[Entity]
    total: int
    next: str | None = None

    @classmethod
    def cut(cls, what: str, found: Sequence[Entity], size: int, total: int) -> "Page":
        """Return the page of a query that was asked for one row more than `size`."""
        more = found[size - 1].key if len(found) > size else None
        return cls(what, found[:size], total, more)

    @property
    def refs(self) -> tuple[Ref, ...]:
        return tuple(item.ref for item in self.items)

    def as_text(self) -> str:
        if not self.items:
            return f"No {self.what}."
        lines = [f"{len(self.items)} of {self.total} {self.what}:"]
        lines += [f"- {ref.as_text()}" for ref in self.refs]
        if self.next:
            lines.append(f"More: call again with after={self.next}.")
        return "\n".join(lines)


Result = Entity | Page | str
