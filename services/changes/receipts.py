"""Describe changes: one line for each event, derived from its columns and links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, DateTime

from services.changes.events import Event
from services.context import Context
from services.entities import sql
from services.entities.base import load_visible
from services.entities.card import Quantity, quoted, value_text
from services.entities.column import Facts, is_default, is_text
from services.entities.hiding import HIDDEN, hides
from services.entities.registry import ENTITY_TYPES, LINK_TYPES
from services.sanitize import one_line
from services.storage.statements import Row

LONGEST = 120
"""The maximum number of characters of a text in a receipt. The lines of a consent card have texts
in full."""
_CHANGE = "Change {record}"


async def receipts_of(ctx: Context, events: Sequence[Event]) -> list[str]:
    """Return a line in the past tense for each event that has one."""
    wording = await wording_for(ctx, events)
    return [line for event in events if (line := wording.receipt(event))]


async def undone_lines(ctx: Context, events: Sequence[Event]) -> list[str]:
    """Return a line for each undone event, which says what is true now."""
    wording = await wording_for(ctx, events)
    return [line for event in events if (line := wording.undone(event))]


async def wording_for(ctx: Context, events: Sequence[Event]) -> "Wording":
    """Return a `Wording` with the titles of the records to which the events refer.

    Records that the actor may not see stay without a title.
    """
    titles = await _titles(ctx, {key for event in events for key in event.referenced})
    return Wording(titles, ctx.hidden)


async def answers_of(ctx: Context, events: Sequence[Event]) -> list[str]:
    """Return a past-tense line for models about each event; a new record's has all its values."""
    named = {event.record for event in events if "name" in (event.after or {})}
    referenced = {key for event in events for key in event.referenced}
    wording = Wording(await _titles(ctx, referenced | named), ctx.hidden)
    return [line for event in events if (line := wording.answer(event))]


async def consent_lines_of(ctx: Context, events: Sequence[Event]) -> list[str]:
    """Return one line of a consent card for each event, in the imperative, with all values in full.

    An event without a line gives an empty text. New records are called by their type: they will
    have other ids than in the preview.
    """
    new = {
        event.record: f"a new {event.entity_type.noun}"
        for event in events
        if event.verb == "INSERT" and event.entity_type
    }
    keys = {key for event in events for key in event.referenced} - new.keys()
    wording = Wording(await _titles(ctx, keys) | new)
    return [wording.plan(event) for event in events]


async def _titles(ctx: Context, keys: set[str]) -> dict[str, str]:
    records = await load_visible(ctx, sorted(keys))
    return {record.key: f"{record.key} {quoted(record.ref.title)}" for record in records}


@cache
def receipt_verbs() -> tuple[str, ...]:
    """Return the verbs that receipts begin with."""
    templates = [_CHANGE]
    templates += [each for kind in ENTITY_TYPES.values() for each in (kind.added, kind.removed)]
    templates += [each for link in LINK_TYPES for each in (link.added, link.removed)]
    return tuple(sorted({_past(each.split()[0]) for each in templates}))


def _in_past(line: str) -> str:
    verb, _, rest = line.partition(" ")
    return f"{_past(verb)} {rest}" if rest else ""


def _past(verb: str) -> str:
    return f"{verb}d" if verb.endswith("e") else f"{verb}ed"


@dataclass(frozen=True, slots=True)
class Wording:
    """Describes events, each on one line. `names` has the names of records by id.

    Values of `hidden` columns are left out.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    def receipt(self, event: Event) -> str:
        """Return the line of a committed change; may be empty."""
        return _in_past(self._line(event, LONGEST))

    def answer(self, event: Event) -> str:
        """Return what an event changed, in the past tense and with all values of a new record."""
        return _in_past(self._with_values(event, LONGEST))

    def undone(self, event: Event) -> str:
        """Return the line of an undone change, which says what is true now; may be empty."""
        if event.verb != "UPDATE" or event.entity_type is None:
            return self.receipt(event.reverse)
        values = [self._restored(event, *each) for each in event.columns]
        return f"{event.record}'s {' and '.join(values)}" if values else ""

    def plan(self, event: Event) -> str:
        """Return the line of a change that is not made yet; may be empty."""
        return self._with_values(event, None)

    def _with_values(self, event: Event, longest: int | None) -> str:
        line, kind = self._line(event, longest), event.entity_type
        if event.verb != "INSERT" or kind is None or "{title}" in kind.added:
            return line
        values = [
            f"{_label(facts)} {self._value(event, column, facts, event.row, longest)}"
            for column, facts in event.columns
            if event.row[column.name] is not None and not is_default(column, event.row[column.name])
        ]
        return f"{line}: {', '.join(values)}" if values else line

    def _line(self, event: Event, longest: int | None) -> str:
        added = event.verb == "INSERT"
        if event.link:
            template = event.link.added if added else event.link.removed
            other = self._name(event.other)
            return template.format(subject=self._name(event.subject), other=other)
        if event.entity_type is None:
            return ""
        if event.verb == "UPDATE":
            changes = [self._change(event, *each, longest) for each in event.columns]
            return f"{_CHANGE.format(record=event.record)}: {', '.join(changes)}" if changes else ""
        template = event.entity_type.added if added else event.entity_type.removed
        title = quoted(event.title(self.hidden)) if "{title}" in template else ""
        return template.format(record=self._name(event.record), subject=event.subject, title=title)

    def _change(self, event: Event, column: Column[Any], facts: Facts, longest: int | None) -> str:
        before, after = self._values(event, column, facts, longest)
        return f"{_label(facts)} {before} → {after}"

    def _restored(self, event: Event, column: Column[Any], facts: Facts) -> str:
        before, after = self._values(event, column, facts, LONGEST)
        return f"{_label(facts)} is {before} again (was {after})"

    def _values(
        self, event: Event, column: Column[Any], facts: Facts, longest: int | None
    ) -> tuple[str, str]:
        """Return a column's value before the change and after it, as texts."""
        before, after = (
            self._value(event, column, facts, row or {}, longest)
            for row in (event.before, event.after)
        )
        return before, after

    def _value(
        self, event: Event, column: Column[Any], facts: Facts, row: Row, longest: int | None
    ) -> str:
        """Return as text the column's value in `row`, an event's values as JSON."""
        value = row.get(column.name)
        if value not in (None, "") and hides(self.hidden, column, event.subject_type):
            return HIDDEN
        if target := sql.target_of(column):
            return target.absent if value is None else self._name(f"{target.prefix}-{value}")
        if value in (None, ""):
            return "none"
        if is_text(column):
            return quoted(value if longest is None else _shortened(value, longest))
        if isinstance(column.type, DateTime):
            return value_text(datetime.fromisoformat(value))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(Quantity(value, facts.unit))
        return value_text(value)

    def _name(self, key: str) -> str:
        return self.names.get(key, key)


def _label(facts: Facts) -> str:
    """Return the label inside a sentence: "Status" becomes "status", "RAM" stays."""
    label = facts.label
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _shortened(words: str, longest: int) -> str:
    words = one_line(words)
    return words if len(words) <= longest else f"{words[:longest]}…"
