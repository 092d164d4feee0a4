"""Report the outcome of each row in one line."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from services.entities.base import Entity
from services.entities.card import quoted
from services.importing.outcome import Change, Outcome
from services.importing.references import Named
from services.sanitize import one_line, sanitize

_LONGEST = 60


def line_of(outcome: Outcome, unit: str) -> str:
    """Return the line that tells the outcome of a row. `unit` is what the row's number counts."""
    candidate = outcome.candidate
    remarks = [] if candidate.refused else candidate.remarks
    return sanitize(f"{unit} {candidate.line}: {'; '.join([_what(outcome), *remarks])}")


def _what(outcome: Outcome) -> str:
    if outcome.verb == "refused":
        return f"refused: {outcome.candidate.refused}"
    if outcome.record is None:
        new = [f"new person {quoted(each.name)}" for each in outcome.newcomers]
        created = f"{outcome.verb} {quoted(_clip(str(outcome.values['name'])))}"
        return "; ".join([created, *new, *_additions(outcome)])
    name = f"{outcome.record.key} {quoted(_clip(outcome.record.title))}"
    changes = [*(_change(each, outcome) for each in outcome.changes), *_additions(outcome)]
    return f"{outcome.verb} {name}: {'; '.join(changes)}" if changes else f"unchanged {name}"


def _additions(outcome: Outcome) -> Iterator[str]:
    added = outcome.additions
    if added.tags:
        yield f"with tags {_clip(', '.join(added.tags))}"
    if added.notes:
        yield "with a note" if len(added.notes) == 1 else f"with {len(added.notes)} notes"
    for link, _, cell in added.links:
        yield f"with {quoted(_clip(cell))} ({link.__tablename__.replace('_', ' ')})"


def _change(change: Change, outcome: Outcome) -> str:
    old = vars(outcome.record).get(change.target.attribute.removesuffix("_id"), change.old)
    before, after = _words(change, old), _words(change, change.new)
    if change.kept:
        return f"{change.target.label} stays {before}, which was set here, and not {after}"
    return f"{change.target.label} {before} → {after}"


def _words(change: Change, value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return f"{value} {change.target.facts.unit}".strip()
    if isinstance(value, Named | Entity):
        value = value.name if isinstance(value, Named) else value.title
    return quoted(_clip(str(value)))


def _clip(words: str) -> str:
    words = one_line(words)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
