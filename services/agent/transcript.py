"""The transcript: the steps of a conversation in order, and the tables that hold it.

A conversation has no other state: any job run can continue it from its steps.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, bindparam, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.entities.base import find_ids
from services.entities.table import Numbered
from services.storage.database import Database, Executor

Message = dict[str, Any]
"""One chat message in the form of OpenAI's chat completions."""

WRITTEN_BY = "written_by"
"""In a message of a model, the key of the name of that model."""

NATIVE = "native"
"""In a message of a model, the key of its non-standard fields, sent back to that model alone."""

USAGE = "usage"
"""In a message of a model, the key of its usage: the tokens and the cost that the provider
reported, and the seconds that it took."""

SECONDS = "seconds"
COST = "cost"

OTHERS = "by_others"
"""The key that marks a message as written by somebody other than the turn's person. It is not sent
to providers."""

CARRIED = "carried"
"""In a message of a person, the key of what came with it: forwarded texts of other people, and
file names."""

WITH_MESSAGE = "(This came with the message above.)"

UNASKED = "unasked"
"""The key that marks a message without a mention, which may be meant for somebody else."""

SILENCE = "NO_REPLY"
"""What a model answers to an `UNASKED` message meant for somebody else: nothing is posted then."""

SUMMARY = "summary"
"""In a tool's result, the key of its summary for people: a `Summary` as a dict."""

LEFT_OUT = (
    "(Left out: since then an admin has hidden columns from language models. Call a tool to read"
    " what is needed anew.)"
)

FAULT = "fault"
"""The key that marks an answer as a fault report. Stored as `Turn.failed`, not in the message."""


class Thread(Numbered):
    __tablename__ = "threads"
    key: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str]
    thread_ts: Mapped[str]
    model: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Delivery(Numbered):
    __tablename__ = "deliveries"
    key: Mapped[str] = mapped_column(unique=True)
    thread_key: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="question")
    event: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default="waiting")
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    received_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Turn(Numbered):
    __tablename__ = "turns"
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    audience: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="running")
    answer: Mapped[str | None]
    refused: Mapped[bool] = mapped_column(server_default="false")
    failed: Mapped[bool] = mapped_column(server_default="false")
    claim: Mapped[str | None]
    resumptions: Mapped[int] = mapped_column(server_default="0")
    stop_asked_at: Mapped[datetime | None]
    working_ts: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]
    feedback: Mapped[str | None]
    feedback_reason: Mapped[str | None]
    feedback_model: Mapped[str | None]


class Step(Numbered):
    __tablename__ = "steps"
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    message: Mapped[Message] = mapped_column(JSONB)
    delivery_id: Mapped[int | None] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


_HIDDEN_SINCE = select(func.app.hidden_from_models_since()).scalar_subquery()
_MESSAGES = (
    select(
        Step.message,
        Turn.person_id,
        func.coalesce(Step.created_at < _HIDDEN_SINCE, False).label("outdated"),
    )
    .join(Turn, Turn.id == Step.turn_id)
    .where(Turn.thread_id == bindparam("thread"), Turn.id <= bindparam("turn"))
    .order_by(Step.id)
)


_THREAD_OF = (
    select(Thread.key).join(Turn, Turn.thread_id == Thread.id).where(Turn.id == bindparam("turn"))
)


async def thread_of(executor: Executor, turn_id: int) -> str | None:
    """Return the key of the turn's thread; None if there is no such turn."""
    row = await executor.fetch_one(_THREAD_OF, turn=turn_id)
    return row["key"] if row else None


async def messages_for(database: Database, turn: Turn) -> list[Message]:
    """Return the messages of the thread that the turn may read, oldest first.

    Of other people's turns these are only questions and answers, which everyone in the thread
    has seen: the tool calls of those turns ran with those people's rights. If admins have hidden
    columns from language models since a message was written, only the ids in it are kept.
    """
    rows = await database.fetch_all(_MESSAGES, thread=turn.thread_id, turn=turn.id)
    said = [
        (
            _without_values(row["message"]) if row["outdated"] else row["message"],
            row["person_id"] == turn.person_id,
        )
        for row in rows
    ]
    return [
        each
        for message, own in said
        if own or _was_seen_by_all(message)
        for each in as_read(message if own else _as_data(message))
    ]


def _without_values(message: Message) -> Message:
    """Return a message of a tool or a model with nothing but the ids in its text."""
    kept = {name: value for name, value in message.items() if name != NATIVE}
    if message["role"] == "user" or not message.get("content"):
        return kept
    ids = ", ".join(find_ids(message["content"]))
    return kept | {"content": f"{LEFT_OUT} {ids}".strip()}


def as_read(message: Message) -> list[Message]:
    """Return a message, and what came with it as a second one, marked as written by others."""
    kept = {name: value for name, value in message.items() if name != CARRIED}
    if not message.get(CARRIED):
        return [kept]
    words = f"{WITH_MESSAGE}\n{message[CARRIED]}"
    return [kept, {"role": "user", "content": words, OTHERS: True}]


def _as_data(message: Message) -> Message:
    """Mark another person's message as data: the model acts with the asker's rights, not theirs."""
    return {**message, OTHERS: True} if message["role"] == "user" else message


def _was_seen_by_all(message: Message) -> bool:
    return message["role"] == "user" or is_final(message)


def is_final(message: Message) -> bool:
    """Return whether a message ends its turn: a text of the model without tool calls."""
    return message["role"] == "assistant" and not message.get("tool_calls")


def start_of_turn(messages: Sequence[Message]) -> int:
    """Return the index after the last final message, where the current turn begins."""
    return max((place + 1 for place, each in enumerate(messages) if is_final(each)), default=0)
