"""Judge a run of a task: what is missing, and which changes are not allowed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

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
    allowed = _Allowed.of(task.changes)
    added: set[tuple[str, int]] = set()
    for event in events:
        record = (event.table_name, event.record_id)
        if event.verb == "INSERT":
            added.add(record)
        is_new = record in added and event.table_name in allowed.new_in
        if not (is_new or allowed.covers(event)):
            yield (
                f"{event.verb} in {event.table_name}: {event.subject} {event.after or event.before}"
            )


@dataclass(frozen=True, slots=True)
class _Allowed:
    """The changes that a task allows, see `Task.changes`."""

    tables: set[str]
    """The tables in which anything may change."""
    new_in: set[str]
    """The tables to which records may be added; what was added may be changed too."""
    records: set[tuple[str, str]]
    """Tables with the number of a record, or with the id of one that a row of the table is on."""

    @classmethod
    def of(cls, changes: Sequence[str]) -> Self:
        tables, new_in, records = set[str](), set[str](), set[tuple[str, str]]()
        for each in changes:
            table, _, record = each.partition(" ")
            if record:
                records.add((table, record))
            elif table.startswith("+"):
                new_in.add(table.removeprefix("+"))
            else:
                tables.add(table)
        return cls(tables, new_in, records)

    def covers(self, event: Event) -> bool:
        names = (str(event.record_id), event.subject)
        return event.table_name in self.tables or any(
            (event.table_name, name) in self.records for name in names
        )
