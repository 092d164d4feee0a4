"""Find words that a change would show to people who may not see the records they may come from."""

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
"""People and records that the sentence on a card names one by one."""

_WIDEST = {
    "unknown": "other people",
    "requester": "everyone at the company",
    "technician": "every technician",
    "admin": "every admin",
}
"""Groups of readers, each with the words for it; a group includes those after it."""

_QUOTES = re.compile("[\"'`\u00ab\u00bb\u2018-\u201f\u2039\u203a]")
_TOKENS = re.compile(r"\w+|[^\w\s]")
_READERS = text("SELECT reader, unseen FROM app.readers(:type, :number, :records)")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model may have its words from: the person's own messages, and records it has read."""

    own: Sequence[str] = ()
    records: Sequence[str] = ()

    def wrote(self, words: str) -> bool:
        """Return whether a message of the person has the words, but for case, space and quotes."""
        wanted = _normalised(words).rstrip(".!?,;: ")
        return bool(wanted) and any(f" {wanted} " in f" {_normalised(each)} " for each in self.own)


def _normalised(words: str) -> str:
    """Return the text with a space around each word and each sign."""
    return " ".join(_TOKENS.findall(_QUOTES.sub("", words).casefold()))


async def describe_readers(ctx: Context, events: Sequence[Event], source: Source) -> str:
    """Return who would read new words of the model, if one of them may not see what it has read.

    Empty if everybody may, or if the words are the person's own. Call it before the change is
    rolled back: new records have readers too.
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
    """Return the names in words; of many the first and the last are named."""
    *first, last = names
    if len(first) >= MAX_NAMED:
        first = [*first[: MAX_NAMED - 1], f"{len(first) - MAX_NAMED + 1} others"]
    return f"{', '.join(first)} and {last}" if first else last
