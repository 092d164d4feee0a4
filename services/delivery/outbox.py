"""The outbox: messages to Slack that must be posted exactly once.

A row is written in the transaction that causes the message. Rows of a turn are sent by the run
that answers the turn, all others by the `send` job.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from procrastinate import App as Queue
from sqlalchemy import ForeignKey, bindparam, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.entities.table import Base
from services.jobs.queue import defer
from services.storage.database import Executor, Transaction

SEND = "send"
"""The name of the job that sends the waiting messages of a conversation."""

MAX_ATTEMPTS = 100
"""The maximum number of attempts to send one message. With the queue's delays they take about 90
minutes."""

ANSWER_KEY = "turn:%s:%s"
"""The format of the key of a part of an answer: turn id and part number."""
CONSENT_KEY = "consent:%s"
"""The format of the key of a consent card: consent id."""


class OutboxMessage(Base):
    __tablename__ = "outbox"
    key: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    conversation: Mapped[str | None]
    slack_user: Mapped[str | None]
    channel: Mapped[str | None]
    thread_ts: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    posting_at: Mapped[datetime | None]
    ts: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


def answer_part(turn_id: int, part: int, *, attempts: int = 1) -> OutboxMessage:
    """Return a part of an answer as the row that the journal inserts with the answer."""
    key = ANSWER_KEY % (turn_id, part)
    return OutboxMessage(
        key=key,
        kind="answer",
        turn_id=turn_id,
        state="waiting",
        attempts=attempts,
        ts=None,
        error=None,
        created_at=datetime.now(UTC),
    )


# ---- messages of their own

_ENQUEUE = text(
    "INSERT INTO outbox (key, kind, payload, conversation, slack_user, channel, thread_ts)"
    " VALUES (:key, :kind, :payload, :conversation, :user, :channel, :thread_ts)"
    " ON CONFLICT DO NOTHING RETURNING key"
).bindparams(bindparam("payload", type_=JSONB))


async def enqueue(
    queue: Queue,
    transaction: Transaction,
    key: str,
    kind: str,
    payload: dict[str, Any],
    *,
    user: str,
    channel: str | None = None,
    thread_ts: str | None = None,
) -> None:
    """Insert a message and defer its job; without a channel it goes to the user directly.

    If there is a message with this key already, nothing is inserted.
    """
    conversation = f"outbox:{channel}:{thread_ts}" if channel else f"outbox:{user}"
    where = {"user": user, "channel": channel, "thread_ts": thread_ts}
    values = {"key": key, "kind": kind, "payload": payload, "conversation": conversation}
    if await transaction.fetch_one(_ENQUEUE, **values, **where):
        await defer(queue, transaction, SEND, lock=conversation, conversation=conversation)


# ---- attempts

_ATTEMPT = (
    "UPDATE outbox SET attempts = outbox.attempts + 1, posting_at = clock_timestamp()"
    " FROM (SELECT key, posting_at AS begun FROM outbox"
    "  WHERE {which} AND state = 'waiting' ORDER BY created_at, key FOR UPDATE) before"
    " WHERE outbox.key = before.key RETURNING outbox.*, begun"
)
_ATTEMPT_TURN = text(_ATTEMPT.format(which="turn_id = :turn"))
_ATTEMPT_NEXT = text(
    _ATTEMPT.format(
        which="key = (SELECT key FROM outbox WHERE conversation = :conversation"
        " AND state = 'waiting' AND turn_id IS NULL ORDER BY created_at, key LIMIT 1)"
    )
)


async def attempt_turn(executor: Executor, turn_id: int) -> list[OutboxMessage]:
    """Begin an attempt to send the waiting messages of a turn, and return these.

    `posting_at` is when the previous attempt began, if it may have sent the message; else None.
    """
    rows = await executor.fetch_all(_ATTEMPT_TURN, turn=turn_id)
    messages = [_begun(row) for row in rows]
    return sorted(messages, key=lambda message: (message.created_at, message.key))


async def attempt_next(executor: Executor, conversation: str) -> OutboxMessage | None:
    """Begin an attempt to send a conversation's oldest waiting message; see `attempt_turn`."""
    row = await executor.fetch_one(_ATTEMPT_NEXT, conversation=conversation)
    return _begun(row) if row else None


def _begun(row: dict[str, Any]) -> OutboxMessage:
    begun = row.pop("begun")
    return OutboxMessage(**row | {"posting_at": begun})


_FAILED = text(
    "UPDATE outbox SET error = :error, posting_at = CASE WHEN :unclear THEN posting_at END"
    " WHERE key = :key"
)


async def record_failure(
    executor: Executor, message: OutboxMessage, error: str, *, unclear: bool
) -> None:
    """Store why an attempt failed; if `unclear`, Slack may have posted the message all the same."""
    await executor.execute(_FAILED, key=message.key, error=error, unclear=unclear)


# ---- ends

SETTLE = (
    "UPDATE outbox SET state = ended.state, ts = ended.ts, error = ended.error"
    " FROM jsonb_to_recordset(:outcomes) AS ended (key text, state text, ts text, error text)"
    " WHERE outbox.key = ended.key"
)
"""The SQL that stores the states of messages, given as the parameter `outcomes`. The statements
that pause or end a turn contain it as well."""
_SETTLE = text(SETTLE).bindparams(bindparam("outcomes", type_=JSONB))


async def settle(executor: Executor, messages: Sequence[OutboxMessage]) -> None:
    """Store how messages ended: their state, ts and error."""
    await executor.execute(_SETTLE, outcomes=outcomes(messages))


def outcomes(messages: Sequence[OutboxMessage]) -> list[dict[str, str | None]]:
    """Return the states of messages as the parameter `outcomes` of `SETTLE`."""
    return [
        {"key": each.key, "state": each.state, "ts": each.ts, "error": each.error}
        for each in messages
    ]


# ---- forgotten messages

_FORGOTTEN = text(
    "SELECT DISTINCT conversation FROM outbox WHERE state = 'waiting' AND turn_id IS NULL"
    " AND created_at < now() - interval '10 seconds' AND NOT EXISTS (SELECT FROM procrastinate_jobs"
    "  WHERE lock = conversation AND status IN ('todo', 'doing'))"
)


async def revive(queue: Queue, transaction: Transaction) -> list[str]:
    """Defer a job for each conversation with waiting messages but no job; return their keys."""
    forgotten = [row["conversation"] for row in await transaction.fetch_all(_FORGOTTEN)]
    for conversation in forgotten:
        await defer(queue, transaction, SEND, lock=conversation, conversation=conversation)
    return forgotten
