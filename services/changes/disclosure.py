"""Find new texts whose readers may not see all the records that the model has read.

A model may have copied from these records, so the person has to approve such a change.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from services.changes.events import Event
from services.context import Context
from services.entities.base import load_visible
from services.entities.column import is_text
from services.storage.statements import Row

MAX_NAMED = 5
"""The maximum number of people, or of records, that the sentence on a consent card names."""

_WIDEST = {
    "unknown": "other people",
    "requester": "everyone at the company",
    "technician": "every technician",
    "admin": "every admin",
}
"""What a consent card calls each group of readers. A group includes those after it."""

_QUOTES = re.compile("[\"'`\u00ab\u00bb\u2018-\u201f\u2039\u203a]")
_TOKENS = re.compile(r"\w+|[^\w\s]")
_READERS = text("SELECT reader, unseen FROM app.readers(:type, :number, :records)")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model's texts may come from: the person's own messages, and records it has read."""

    own: Sequence[str] = ()
    records: Sequence[str] = ()

    def wrote(self, words: str) -> bool:
        """Return whether the person wrote these words; case, spaces and quotes are ignored."""
        wanted = _normalised(words).rstrip(".!?,;: ")
        return bool(wanted) and any(f" {wanted} " in f" {_normalised(each)} " for each in self.own)


def _normalised(words: str) -> str:
    """Return the text in lower case, without quotes, with single spaces between its tokens."""
    return " ".join(_TOKENS.findall(_QUOTES.sub("", words).casefold()))


async def describe_readers(ctx: Context, events: Sequence[Event], source: Source) -> str:
    """Return a sentence that names the readers of a model's new text and what they may not see.

    Empty if all readers may see all records that the model has read, or if the person wrote the
    text. Call it before the change is rolled back: new records have readers too.
    """
    if not source.records:
        return ""
    rows: list[Row] = []
    for key in sorted({event.record for event in events if _publishes(event, source)}):
        kind, _, number = key.partition("-")
        values = {"type": kind, "number": int(number), "records": list(source.records)}
        rows += await ctx.fetch_all(_READERS, **values)
    unseen = [key for key in source.records if any(key in row["unseen"] for row in rows)]
    return await _sentence(ctx, {row["reader"] for row in rows}, unseen) if unseen else ""


def _publishes(event: Event, source: Source) -> bool:
    """Return whether the event writes a text that the person has not written."""
    after = event.after or {}
    texts = (after.get(column.name) for column, _ in event.columns if is_text(column))
    return any(words and not source.wrote(words) for words in texts)


async def _sentence(ctx: Context, readers: set[str], unseen: list[str]) -> str:
    group = next((words for name, words in _WIDEST.items() if name in readers), None)
    people = await load_visible(ctx, sorted(readers - _WIDEST.keys()))
    named = _listed([*(person.ref.title for person in people), *([group] if group else [])])
    several = group or len(people) > 1
    can = "who can't all see" if several else "who can't see"
    return f"These words will be read by {named}, {can} {_listed(unseen)}."


def _listed(names: Iterable[str]) -> str:
    """Join the names as “A, B and C”; from more than five some are counted: “3 others”."""
    *first, last = names
    if len(first) >= MAX_NAMED:
        first = [*first[: MAX_NAMED - 1], f"{len(first) - MAX_NAMED + 1} others"]
    return f"{', '.join(first)} and {last}" if first else last
