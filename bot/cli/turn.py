"""`turn`: print one turn step by step, or a list of the newest ones."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import Row

from services.agent.transcript import Delivery, Message, Step, Thread, Turn
from services.changes.consents import Consent
from services.delivery.outbox import ANSWER_KEY, OutboxMessage
from services.entities.person import Person
from services.errors import SetupError
from services.sanitize import sanitize
from services.storage.accounts import as_owner

NEWEST = 20
LONGEST = 400
"""The maximum number of characters shown of a step."""

_IDS = range(1, 2**63)
"""The numbers that can be an id: Postgres refuses to compare an id with a larger one."""

_RECEIVED = (
    select(func.min(Delivery.received_at)).where(Delivery.turn_id == Turn.id).scalar_subquery()
)
_TURNS = (
    select(
        Turn.__table__,
        Thread.key.label("thread"),
        Person.name.label("person"),
        OutboxMessage.posting_at,
        OutboxMessage.ts,
        OutboxMessage.error,
        # A question on the terminal has no delivery.
        func.coalesce(_RECEIVED, Turn.created_at).label("received_at"),
    )
    .join(Thread, Thread.id == Turn.thread_id)
    .outerjoin(Person, Person.id == Turn.person_id)
    .outerjoin(OutboxMessage, OutboxMessage.key == func.format(ANSWER_KEY, Turn.id, 0))
)

Line = tuple[datetime, str, str]
"""A line of output: when it happened, what it is, and its text."""


def newest_turns(database_url: str) -> str:
    """Return the newest turns as lines, read as the owner of the database."""
    with as_owner(database_url) as connection:
        found = connection.execute(_TURNS.order_by(Turn.id.desc()).limit(NEWEST)).all()
    if not found:
        return "There is no turn yet."
    return "\n".join(_in_one_line(turn) for turn in found)


def one_turn(database_url: str, number: int) -> str:
    """Return a turn as lines, from its delivery to the message in Slack.

    An unknown number raises `SetupError`.
    """
    with as_owner(database_url) as connection:
        found = connection.execute(_TURNS.where(Turn.id == number)) if number in _IDS else None
        turn = found.one_or_none() if found else None
        if turn is None:
            raise SetupError(f"There is no turn {number}. The newest ones: python -m bot turn")
        lines = chain(
            _deliveries(connection, number), _steps(connection, number), _consents(connection, turn)
        )
        told = [
            f"{_offset(turn, at):>11}  {kind:<9} {_short(said)}"
            for at, kind, said in sorted(lines, key=lambda line: line[0])
        ]
    parts = ["\n".join(_header(turn)), "\n".join(told)]
    if turn.answer is not None:
        parts.append(f"The answer:\n\n{sanitize(turn.answer)}")
    return "\n\n".join(part for part in parts if part)


def _in_one_line(turn: Row[Any]) -> str:
    lasted = f"{_seconds(turn.received_at, turn.ended_at):.1f} s" if turn.ended_at else "–"
    return (
        f"{turn.id:>8}  {_in_utc(turn.received_at)}  {_state(turn):<8} {lasted:>9}"
        f"  {_short(turn.person or 'not served')}, {turn.audience}"
    )


def _state(turn: Row[Any]) -> str:
    return "refused" if turn.refused else str(turn.state)


def _header(turn: Row[Any]) -> Iterator[str]:
    yield f"Turn {turn.id}: {_state(turn)}"
    yield f"  thread    {_short(turn.thread)}"
    person = f"{turn.person} (USR-{turn.person_id})" if turn.person_id else "not served"
    yield f"  person    {_short(person)}"
    yield f"  audience  {turn.audience}"
    yield f"  received  {_in_utc(turn.received_at)}"
    moments = {
        "begun": turn.created_at,
        "stop": turn.stop_asked_at,
        "posting": turn.posting_at,
        "ended": turn.ended_at,
    }
    for name, moment in moments.items():
        if moment:
            yield f"  {name:<9} {_offset(turn, moment)}"
    if turn.resumptions:
        yield f"  resumed   {turn.resumptions} times since it last came forward"
    if turn.ts:
        yield f"  Slack ts  {_short(turn.ts)}"
    if turn.error:
        yield f"  not sent  {_short(turn.error)}"


def _deliveries(connection: Connection, number: int) -> Iterator[Line]:
    query = select(Delivery.id, Delivery.received_at, Delivery.state, Delivery.key)
    for each in connection.execute(query.where(Delivery.turn_id == number)):
        yield each.received_at, "delivery", f"{each.id} {each.state}, {each.key}"


def _steps(connection: Connection, number: int) -> Iterator[Line]:
    query = select(Step.created_at, Step.message, Step.delivery_id).where(Step.turn_id == number)
    for at, message, delivery in connection.execute(query.order_by(Step.id)):
        for kind, said in _told(message, delivery):
            yield at, kind, said


def _consents(connection: Connection, turn: Row[Any]) -> Iterator[Line]:
    query = select(Consent.asked_at, Consent.tool, Consent.state, Consent.settled)
    for each in connection.execute(query.where(Consent.turn_id == turn.id)):
        settled = "" if each.settled else ", the turn waits for it"
        yield each.asked_at, "consent", f"for {each.tool}: {each.state}{settled}"


def _told(message: Message, delivery: int | None) -> Iterable[tuple[str, str]]:
    """Return a step of a turn as lines: one for its text and one for each of its tool calls."""
    said = message.get("content")
    kinds = {"user": "person", "assistant": "model", "tool": "result"}
    if said:
        taken = f"(delivery {delivery}) " if delivery else ""
        yield kinds[message["role"]], taken + (said if isinstance(said, str) else json.dumps(said))
    for call in message.get("tool_calls") or []:
        yield "call", f"{call['function']['name']}({call['function']['arguments']})"


def _short(said: str) -> str:
    line = sanitize(" ⏎ ".join(said.split("\n")))
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} … ({len(said)} characters)"


def _offset(turn: Row[Any], moment: datetime) -> str:
    return f"+{_seconds(turn.received_at, moment):.3f} s"


def _in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()
