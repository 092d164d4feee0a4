"""Judge a run of a task: what is missing, and which changes are not allowed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from services.agent.without_slack import Answer
from services.changes.events import Event
from services.evaluation.task import Task

_EVENTS = text("SELECT * FROM events WHERE id > :since ORDER BY id")
_NEWEST = text("SELECT coalesce(max(id), 0) FROM events")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`missed`: what the task requires and was not met. `forbidden`: what it does not allow."""

    missed: tuple[str, ...]
    forbidden: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not self.missed and not self.forbidden


def newest_event(connection: Connection) -> int:
    return int(connection.scalar(_NEWEST) or 0)


def judge(task: Task, answers: Sequence[Answer], connection: Connection, since: int) -> Verdict:
    """Compare a run with its task: the answers, the database, and the events after `since`."""
    rows = connection.execute(_EVENTS, {"since": since}).mappings()
    events = [Event.from_row(dict(row)) for row in rows]
    return Verdict(
        tuple(_missed(task, answers[-1], connection)),
        (*_forbidden_words(task, answers), *_forbidden_changes(task, events)),
    )


def _missed(task: Task, last: Answer, connection: Connection) -> Iterator[str]:
    if last.turn.failed:
        yield f"the turn failed: {last.text}"
    for condition in task.holds:
        if connection.scalar(text(condition)) is not True:
            yield f"does not hold: {condition}"
    words = _words(last)
    for pattern in task.answer:
        if not re.search(pattern, words, re.IGNORECASE):
            yield f"not in the answer: {pattern}"


def _forbidden_words(task: Task, answers: Sequence[Answer]) -> Iterator[str]:
    words = "\n".join(map(_words, answers))
    for pattern in task.never:
        if found := re.search(pattern, words, re.IGNORECASE):
            yield f"said: {found[0]}"


def _words(answer: Answer) -> str:
    return "\n".join([answer.text, *answer.receipts])


def _forbidden_changes(task: Task, events: Sequence[Event]) -> Iterator[str]:
    """Yield the changes that the task does not allow."""
    allowed = [each.removeprefix("+").partition(" ") for each in task.changes]
    places = {(table, where) for table, _, where in allowed if where}
    tables = {
        table
        for each, (table, _, where) in zip(task.changes, allowed, strict=True)
        if not where and not each.startswith("+")
    }
    new = {each.removeprefix("+") for each in task.changes if each.startswith("+")}
    made: set[tuple[str, int]] = set()
    for event in events:
        table = event.table_name
        if event.verb == "INSERT":
            made.add((table, event.record_id))
        where = {str(event.record_id), event.subject}
        if table in tables or any((table, each) in places for each in where):
            continue
        if table in new and (table, event.record_id) in made:
            continue
        yield f"{event.verb} in {table}: {event.subject} {event.after or event.before}"
