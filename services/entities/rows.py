"""Format the rows of lists for models and terminals, each on one line."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import OSA

from services.entities import sql
from services.entities.ages import age
from services.entities.base import Entity
from services.entities.card import Quantity, Ref, quoted, value_text
from services.entities.column import Facts, is_default, is_text
from services.entities.note import Note

_AROUND = 40
"""How many characters of a text are shown on each side of a matched word."""
_LONGEST = 400
"""The maximum number of characters of a text in the row of a list."""
_ALIKE = 0.8
"""The lowest similarity at which a name counts as a misspelling of the words."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A record in a list: its `ref` for buttons, and a line of its values for models."""

    ref: Ref
    facts: tuple[str, ...]

    def as_text(self) -> str:
        return " | ".join((f"{self.ref.id} {quoted(self.ref.title)}", *self.facts))


def list_row(
    record: Entity,
    now: datetime,
    *,
    tags: str = "",
    shown: Collection[str] = (),
    omitted: Collection[str] = (),
    words: str = "",
    note: Note | None = None,
    viewer: int,
) -> ListRow:
    """Return the row of a record for the viewer.

    `shown`: filters whose columns the row always has; `omitted`: those whose columns it never has.
    `words`: what was searched for; the row shows the text that contains it.
    `note`: the row shows its first line.
    """
    columns = _columns(type(record), frozenset(shown), frozenset(omitted), viewer)
    facts = [_fact(record, name, each, now) for name, each in columns]
    facts += [f"tags {quoted(tags)}" if tags else "", _matched(record, words, viewer)]
    facts += [_noted(note, now)] if note else []
    return ListRow(record.ref, tuple(each for each in facts if each))


@lru_cache(1_000)
def _columns(
    kind: type[Entity], shown: frozenset[str], omitted: frozenset[str], viewer: int
) -> tuple[tuple[str, Facts], ...]:
    return tuple(
        (name, each)
        for name, each in kind.facts().items()
        if each.row or each.filter in shown
        if each.shown_to is None or viewer >= each.shown_to
        if each.filter not in omitted
    )


def _fact(record: Entity, name: str, facts: Facts, now: datetime) -> str:
    """Return a column's text in a row; may be empty."""
    template = facts.row or f"{facts.label} {{}}"
    reference = name.removesuffix("_id")
    if reference in sql.references_of(type(record)):
        if other := getattr(record, reference):
            return template.format(other.ref.as_name())
        absent = sql.references_of(type(record))[reference][0].absent
        return template.format(absent) if template != "{}" else f"no {facts.label.lower()}"
    value = getattr(record, name)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        default = is_default(sql.columns_of(type(record))[name], value)
        return "" if default else facts.row or facts.label.lower()
    return template.format(_text(value, facts, now))


def _text(value: Any, facts: Facts, now: datetime) -> str:
    if isinstance(value, datetime):
        return age(now - value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return str(Quantity(value, facts.unit))
    return value_text(facts.choice(value)) if facts.choices else quoted(_begin(str(value)))


def _noted(note: Note, now: datetime) -> str:
    """Return the age and the first line of a record's newest note."""
    line, internal = note.text.strip().partition("\n")[0], "internal " if note.internal else ""
    return f"newest {internal}note, {age(now - note.created_at)}: {quoted(_begin(line))}"


def _matched(record: Entity, words: str, viewer: int) -> str:
    """Return the first text that contains a searched word, or the name that was misspelt.

    Empty if that is the title or in the row already.
    """
    wanted, title = [word.casefold() for word in words.split()], record.title
    if not wanted or any(word in title.casefold() for word in wanted) or _is_meant(title, words):
        return ""
    texts = _texts_beside_the_row(record, viewer)
    for name, text in texts.items():
        place = next((at for word in wanted if (at := text.casefold().find(word)) >= 0), None)
        if place is not None:
            return _snippet(record, name, _around(text, place))
    meant = (name for name in record.named_by if _is_meant(texts.get(name, ""), words))
    return next((_snippet(record, name, texts[name]) for name in meant), "")


def _texts_beside_the_row(record: Entity, viewer: int) -> dict[str, str]:
    columns = sql.columns_of(type(record))
    return {
        name: str(getattr(record, name) or "")
        for name, facts in record.facts().items()
        if is_text(columns[name]) and not facts.row
        if facts.shown_to is None or viewer >= facts.shown_to
    }


def _snippet(record: Entity, name: str, text: str) -> str:
    return f"{record.facts()[name].label}: {quoted(text)}"


def _is_meant(name: str, words: str) -> bool:
    """Return whether the words are the name, apart from punctuation and a few typing errors."""
    return OSA.normalized_similarity(_letters(name), _letters(words)) >= _ALIKE


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _begin(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


def _around(text: str, place: int) -> str:
    begin, end = max(0, place - _AROUND), place + _AROUND
    return f"{'…' if begin else ''}{text[begin:end].strip()}{'…' if end < len(text) else ''}"
