"""What waits in a thread, and how it becomes a turn with steps."""

import re
from dataclasses import dataclass
from typing import NamedTuple
from uuid import uuid4

import structlog
from sqlalchemy import bindparam, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.runtime import Runtime
from bot.slack.identity import identify
from bot.slack.marks import attempt
from bot.slack.text import mentioned, plain
from services.agent.consent import Consent, withdraw
from services.agent.transcript import (
    Delivery,
    Message,
    Thread,
    Turn,
    append,
    messages_for,
)
from services.context import Audience
from services.entities.person import Person
from services.entities.setting import Channel
from services.errors import NotAllowed
from services.limits import come_back, no_turn_before
from services.storage.database import WORKER

log = structlog.get_logger()

MOST_OF_A_NAME = 80
"""Characters of a person's name where it stands among other people's words."""
UNREADABLE = (
    "I could not read what you wrote to me any more: Slack no longer shows me that message or its"
    " conversation. Please ask me here again."
)


# Made once: what a statement says costs as much to put together as to ask.
_RESTS = exists().where(
    Consent.turn_id == Turn.id, Consent.state == "asked", Consent.message_ts.is_not(None)
)
"""Whether a turn waits for its person, who has been shown what to decide."""
_RUNNING = (
    select(Turn, Thread, Person, Delivery.event["user"].astext)
    .join(Thread, Thread.id == Turn.thread_id)
    .outerjoin(Person, Person.id == Turn.person_id)
    .join(Delivery, Delivery.turn_id == Turn.id)
    .where(Thread.key == bindparam("thread"), Turn.state == "running", ~_RESTS)
    .order_by(Turn.id)
    .limit(1)
)
_FIRST = (
    select(Delivery, Person, func.count().over())
    .outerjoin(Person, Person.slack_id == Delivery.event["user"].astext)
    .where(Delivery.thread_key == bindparam("thread"), Delivery.state == "waiting")
    .order_by(Delivery.event["ts"].astext, Delivery.id)
    .limit(1)
)
_TAKEN = text("UPDATE deliveries SET state = 'taken', turn_id = :turn WHERE id = :delivery")


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A turn that is to be brought to its answer, in its thread, for whom."""

    turn: Turn
    thread: Thread
    person: Person | None
    slack_user: str
    messages: list[Message]
    """Its transcript; what is added to the one is added to the other."""
    more: bool = True
    """Whether something may wait to be taken up."""
    resumed: bool = False
    torn: bool = False
    """Whether the run before may still have a request to Slack under way."""


class _Waiting(NamedTuple):
    """A message, who has sent it, if the desk knows them, and how many wait with it."""

    delivery: Delivery
    person: Person | None
    of: int


async def current_turn(runtime: Runtime, thread_key: str) -> OpenTurn | None:
    """The turn that was cut short, or a new one for the first message that waits."""
    async with runtime.database.transaction(WORKER) as session:
        found = await _running(session, thread_key)
        first = None if found else await _first_waiting(session, thread_key)
        if first and await withdraw(session, thread_key, first.delivery.event["user"]):
            found = await _running(session, thread_key)
        if found or first is None:
            return found
        begun = await _begin(runtime, session, first) if _is_whole(first) else None
    begun = begun or await _begin_with_slack(runtime, first)
    log.info("turn_begun", turn=begun.turn.id, thread=thread_key, delivery=first.delivery.id)
    return begun


def _is_whole(first: _Waiting) -> bool:
    """Whether the turn can begin without asking Slack for something."""
    return "text" in first.delivery.event and first.person is not None and first.person.active


async def _begin_with_slack(runtime: Runtime, first: _Waiting) -> OpenTurn:
    waiting, refusal = first.delivery, None
    if "text" not in waiting.event and not await _recall(runtime, waiting):
        refusal = UNREADABLE
    try:
        person = await identify(runtime, waiting.event["user"])
    except NotAllowed as error:
        person, refusal = None, str(error)
    async with runtime.database.transaction(WORKER) as session:
        return await _begin(runtime, session, first._replace(person=person), refusal)


async def _begin(
    runtime: Runtime, session: AsyncSession, first: _Waiting, refusal: str | None = None
) -> OpenTurn:
    """A turn for a message, or one that only refuses it."""
    waiting, person, of = first
    when = await no_turn_before(session, person.id) if person else None
    if person and when:
        refusal = come_back("ask", when, person.zone)
    thread = await _thread(session, waiting)
    turn = Turn(
        thread_id=thread.id,
        person_id=person.id if person else None,
        audience=await _audience(session, waiting),
        answer=refusal,
        refused=when is not None,
        claim=uuid4().hex,
    )
    session.add(turn)
    await session.flush()
    await take(runtime, session, turn, waiting, person)
    messages = await messages_for(session, turn)
    return OpenTurn(turn, thread, person, waiting.event["user"], messages, more=of > 1)


async def _running(session: AsyncSession, thread_key: str) -> OpenTurn | None:
    """Claimed for this run alone: an earlier one that is not dead after all can't write to it."""
    rows = await session.execute(_RUNNING, {"thread": thread_key})
    if (row := rows.first()) is None:
        return None
    turn, thread, person, slack_user = row
    torn = turn.claim is not None
    claim = update(Turn).where(Turn.id == turn.id).values(claim=uuid4().hex).returning(Turn)
    turn = (await session.scalars(claim)).one()
    log.info("turn_resumed", turn=turn.id, thread=thread_key)
    messages = await messages_for(session, turn)
    return OpenTurn(turn, thread, person, slack_user, messages, resumed=True, torn=torn)


async def release(runtime: Runtime, turn: Turn) -> None:
    """The run has come to an end in order: no request of it is under way."""
    async with runtime.database.transaction(WORKER) as session:
        mine = (Turn.id == turn.id) & (Turn.claim == turn.claim)
        await session.execute(update(Turn).where(mine).values(claim=None))


async def _first_waiting(session: AsyncSession, thread_key: str) -> _Waiting | None:
    row = (await session.execute(_FIRST, {"thread": thread_key})).first()
    return _Waiting(*row) if row else None


async def _recall(runtime: Runtime, overheard: Delivery) -> bool:
    """Get the words of a message that was kept without them; False: they are gone for good."""
    event = overheard.event
    answer = await attempt(
        runtime.slack.conversations_replies,
        channel=event["channel"],
        ts=event["thread_ts"],
        oldest=event["ts"],
        latest=event["ts"],
        inclusive=True,
    )
    messages = answer["messages"] if answer else ()
    said = next((each["text"] for each in messages if each["ts"] == event["ts"]), None)
    overheard.event = {**event, "text": said or ""}
    return said is not None


async def _thread(session: AsyncSession, delivery: Delivery) -> Thread:
    event = delivery.event
    place = {"channel": event["channel"], "thread_ts": event["thread_ts"] or event["ts"]}
    upsert = insert(Thread).values(key=delivery.thread_key, **place)
    upsert = upsert.on_conflict_do_update(index_elements=[Thread.key], set_=place)
    return (await session.scalars(upsert.returning(Thread))).one()


async def _audience(session: AsyncSession, delivery: Delivery) -> str:
    if delivery.event["direct"]:
        return Audience.private
    if delivery.event["shared"]:
        return Audience.shared
    desk = await session.scalar(
        select(Channel.desk).where(Channel.slack_id == delivery.event["channel"])
    )
    return Audience.desk if desk else Audience.channel


async def take(
    runtime: Runtime, session: AsyncSession, turn: Turn, delivery: Delivery, person: Person | None
) -> Message:
    """The message becomes a step of the turn, once."""
    message = {"role": "user", "content": await _words(runtime, session, turn, delivery, person)}
    await append(session, turn, message, delivery.id)
    await session.execute(_TAKEN, {"turn": turn.id, "delivery": delivery.id})
    return message


async def _words(
    runtime: Runtime, session: AsyncSession, turn: Turn, delivery: Delivery, person: Person | None
) -> str:
    """What was said, with people by the ids of the desk, and by whom where several read along."""
    written = delivery.event["text"] or ""
    names: dict[str, str] = {}
    if others := mentioned(written):
        known = await session.scalars(select(Person).where(Person.slack_id.in_(others)))
        names = {str(each.slack_id): f"{_name(each)} ({each.key})" for each in known}
    said = plain(written, {**names, runtime.bot.user_id: ""}) or "(no words)"
    if person is None or turn.audience == Audience.private:
        return said
    return f"[{_name(person)}, {person.key}] {said}"


def _name(person: Person) -> str:
    """As a name that cannot pass for the words around it: people choose their own."""
    return re.sub(r"[^\w .-]", " ", person.name)[:MOST_OF_A_NAME]
