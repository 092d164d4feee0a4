"""Open a turn: the unfinished one of a thread, or a new one for its first waiting message."""

from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import bindparam, func, select

from bot.runtime import Runtime
from bot.slack.api.errors import may_pass
from bot.slack.api.fetch_message import fetch_message
from bot.slack.people.identity import identify
from bot.slack.reading.markup import without_address
from bot.slack.reading.message import Written, read_message
from bot.slack.reading.names import as_name, read
from bot.slack.sentences import FAILED, UNREADABLE
from services.agent.journal import begin, claim, take
from services.agent.titles import with_writer
from services.agent.transcript import (
    CARRIED,
    UNASKED,
    Delivery,
    Message,
    Thread,
    Turn,
    as_read,
    messages_for,
)
from services.changes.consents import WITHDRAW
from services.context import Audience
from services.delivery.deliveries import QUESTION
from services.entities.person import Person
from services.entities.setting import Channel
from services.errors import NotAllowed
from services.limits import limit_reached, no_turn_before
from services.storage.database import Database

log = structlog.get_logger()

NOTHING = Written("", "")

_WAITING = (
    select(Delivery.id, Delivery.event)
    .where(
        Delivery.thread_key == bindparam("thread"),
        Delivery.state == "waiting",
        Delivery.kind == QUESTION,
    )
    .order_by(Delivery.event["ts"].astext, Delivery.id)
)
_RESTING = (  # it waits for its person's consent, or it would have been claimed
    select(Turn.id)
    .join(Thread, Thread.id == Turn.thread_id)
    .where(Thread.key == bindparam("thread"), Turn.state == "running")
)
_FIRST = _WAITING.add_columns(
    func.count().over().label("of"), _RESTING.exists().label("resting")
).limit(1)
_FROM = _WAITING.where(
    Delivery.event["user"].astext == bindparam("user"), Delivery.event.has_key("text")
)
_THREAD = select(Thread.__table__).where(Thread.id == bindparam("thread"))
_CHANNEL = select(Channel.desk).where(Channel.slack_id == bindparam("channel"))


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A turn that this run has claimed, with the data that are needed to answer it."""

    turn: Turn
    thread: Thread
    person: Person | None
    slack_user: str
    in_thread: bool
    """False if the message that the turn answers opened its thread."""
    messages: list[Message]
    """The turn's transcript. Each new step is stored, and added here too."""
    more: bool = True
    """False once no more messages wait in the thread."""
    resumed: bool = False
    preempted: bool = False
    """True if an earlier run of the turn never ended: its last request may still reach Slack."""


async def current_turn(runtime: Runtime, thread_key: str, attempts: int = 0) -> OpenTurn | None:
    """Return the unfinished turn, or a new one for the first waiting message; None if none waits.

    `attempts`: how many attempts of the job have failed before.
    A new message of the person whose consent a turn waits for withdraws that consent card.
    """
    while True:
        if running := await _running(runtime.database, thread_key):
            return running
        waiting = await runtime.database.fetch_one(_FIRST, thread=thread_key)
        if waiting is None:
            return None
        of, resting = waiting.pop("of"), waiting.pop("resting")
        first = Delivery(thread_key=thread_key, **waiting)
        whose = {"thread": thread_key, "user": first.event["user"]}
        if resting and await runtime.database.fetch_all(WITHDRAW, **whose):
            continue
        if begun := await _begin(runtime, first, attempts):
            log.info("turn_begun", turn=begun.turn.id, thread=thread_key, delivery=first.id)
            return replace(begun, more=of > 1)


async def _running(database: Database, thread_key: str) -> OpenTurn | None:
    claimed = await claim(database, thread_key)
    if claimed is None:
        return None
    turn = claimed.turn
    log.info("turn_resumed", turn=turn.id, thread=thread_key)
    [thread] = await database.fetch_all(_THREAD, thread=turn.thread_id)
    person = await Person.get(database, turn.person_id) if turn.person_id else None
    return OpenTurn(
        turn,
        Thread(**thread),
        person,
        claimed.slack_user,
        claimed.in_thread,
        await messages_for(database, turn),
        resumed=True,
        preempted=claimed.preempted,
    )


async def _begin(runtime: Runtime, first: Delivery, attempts: int) -> OpenTurn | None:
    """Begin a turn for a message; None if the message has changed since it was read.

    If reading the message or its person fails and a retry would not help, the turn begins with an
    apology as its answer.
    """
    try:
        return await _take_up(runtime, first)
    except Exception as error:
        if may_pass(error, attempts):
            raise
        log.exception("message_not_taken_up", delivery=first.id)
    audience = Audience.private if first.event["direct"] else Audience.channel
    asked = Turn(person_id=None, audience=audience, answer=FAILED, refused=False)
    return await _begun(runtime, first, asked, None, NOTHING)


async def _take_up(runtime: Runtime, first: Delivery) -> OpenTurn | None:
    database, event = runtime.database, first.event
    written = _stored(event) if "text" in event else await _recall(runtime, event)
    person, refusal = None, UNREADABLE if written is None else None
    try:
        person = await identify(runtime, event["user"])
    except NotAllowed as error:
        refusal = str(error)
    when = await no_turn_before(database, person.id) if person else None
    if person and when:
        refusal = limit_reached(when, person.zone)
    asked = Turn(
        person_id=person.id if person else None,
        audience=await _audience(database, event),
        answer=refusal,
        refused=when is not None,
    )
    return await _begun(runtime, first, asked, person, written or NOTHING)


async def _begun(
    runtime: Runtime, first: Delivery, asked: Turn, person: Person | None, written: Written
) -> OpenTurn | None:
    database, event = runtime.database, first.event
    place = {"channel": event["channel"], "thread_ts": event["thread_ts"] or event["ts"]}
    thread = Thread(key=first.thread_key, **place)
    message = await _message(runtime, asked, person, event, written)
    turn = await begin(database, thread, asked, first, message)
    if turn is None:
        return None
    in_thread = event["thread_ts"] is not None
    messages = await messages_for(database, turn)
    return OpenTurn(turn, thread, person, event["user"], in_thread, messages)


def _stored(event: dict[str, Any]) -> Written:
    return Written(event["text"] or "", event.get("carried") or "")


async def _recall(runtime: Runtime, event: dict[str, Any]) -> Written | None:
    """Fetch from Slack a message that was stored without its text; None if it is gone."""
    channel, thread_ts, ts = event["channel"], event["thread_ts"], event["ts"]
    message = await fetch_message(runtime.slack, channel, thread_ts, ts)
    return read_message(message) if message else None


async def _audience(database: Database, event: dict[str, Any]) -> str:
    if event["direct"]:
        return Audience.private
    if event["shared"]:
        return Audience.shared
    known = await database.fetch_all(_CHANNEL, channel=event["channel"])
    return Audience.desk if known and known[0]["desk"] else Audience.channel


async def take_follow_ups(runtime: Runtime, opened: OpenTurn) -> list[Message]:
    """Add to the turn what the same person has written in its thread meanwhile, and return it.

    Messages of others wait for turns of their own, which have other rights.
    """
    taken: list[Message] = []
    of_person = {"thread": opened.thread.key, "user": opened.slack_user}
    for row in await runtime.database.fetch_all(_FROM, **of_person):
        said = Delivery(**row)
        event, written = said.event, _stored(said.event)
        message = await _message(runtime, opened.turn, opened.person, event, written)
        if await take(runtime.database, opened.turn, said, message):
            log.info("delivery_taken_up", delivery=said.id)
            taken += as_read(message)
    return taken


async def _message(
    runtime: Runtime, turn: Turn, person: Person | None, event: dict[str, Any], written: Written
) -> Message:
    """Return a message as a step, with people's ids and, where others read, who said it."""
    said = await read(runtime, without_address(written.text, runtime.bot.user_id)) or "(no words)"
    if person is not None and turn.audience != Audience.private:
        said = with_writer(said, as_name(person.name), person.key)
    message: Message = {"role": "user", "content": said}
    if carried := await read(runtime, written.carried):
        message[CARRIED] = carried
    return message if event.get("asked", True) or event["direct"] else message | {UNASKED: True}
