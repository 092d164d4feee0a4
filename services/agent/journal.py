"""Write the steps and changes of a turn, each by one statement.

A statement changes nothing unless this job run holds the turn (its claim is in the row).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Executable, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from services import metrics
from services.agent.transcript import Delivery, Message, Thread, Turn
from services.delivery.outbox import ANSWER_KEY, CONSENT_KEY, SETTLE, OutboxMessage, outcomes
from services.storage.database import Database, Executor
from services.storage.statements import Row

_MESSAGE = bindparam("message", type_=JSONB)
_EVENT = bindparam("event", type_=JSONB)
_TURN = ", ".join(f"turns.{column.name}" for column in Turn.__table__.columns)


def turn_from(row: Row) -> Turn:
    return Turn(**{column.name: row[column.name] for column in Turn.__table__.columns})


class ClaimLost(Exception):  # noqa: N818
    """Another run has claimed the turn, because this one seemed dead: this one must stop."""


# ---- a run begins

# Since it was read, the delivery may have been edited or deleted.
_UNCHANGED = (
    "deliveries.id = :delivery AND deliveries.state = 'waiting' AND deliveries.event = :event"
)

# The first part of an answer, and this run's attempt to post it.
_ENQUEUE_ANSWER = (
    "INSERT INTO outbox (key, kind, turn_id, attempts, posting_at)"
    f" SELECT format('{ANSWER_KEY}', id, 0), 'answer', id, 1, clock_timestamp() FROM {{turn}}"
)

_BEGIN = text(
    f"WITH unchanged AS (SELECT FROM deliveries WHERE {_UNCHANGED} FOR UPDATE),"
    " thread AS (INSERT INTO threads (key, channel, thread_ts)"
    "  SELECT :key, :channel, :thread_ts FROM unchanged ON CONFLICT (key) DO UPDATE"
    "  SET channel = excluded.channel, thread_ts = excluded.thread_ts RETURNING id),"
    " turn AS (INSERT INTO turns (thread_id, person_id, audience, answer, refused, claim)"
    f"  SELECT id, :person, :audience, :answer, :refused, :claim FROM thread RETURNING {_TURN}),"
    " step AS (INSERT INTO steps (turn_id, message, delivery_id)"
    "  SELECT id, :message, :delivery FROM turn),"
    " taken AS (UPDATE deliveries SET state = 'taken', turn_id = turn.id FROM turn"
    "  WHERE deliveries.id = :delivery),"
    f" message AS ({_ENQUEUE_ANSWER.format(turn='turn')} WHERE answer IS NOT NULL)"
    " SELECT * FROM turn"
).bindparams(_MESSAGE, _EVENT)


async def begin(
    database: Database, thread: Thread, turn: Turn, delivery: Delivery, message: Message
) -> Turn | None:
    """Insert a turn, its thread if that is new, and a delivery's message as the first step.

    Return None if the delivery has changed since it was read. If the turn has an answer already
    (the desk refuses to serve the person), that is put into the outbox.
    """
    row = await database.fetch_one(
        _BEGIN,
        key=thread.key,
        channel=thread.channel,
        thread_ts=thread.thread_ts,
        person=turn.person_id,
        audience=turn.audience,
        answer=turn.answer,
        refused=turn.refused,
        claim=uuid4().hex,
        **_as_read(delivery),
        message=message,
    )
    if row is None:
        return None
    _count(message)
    return turn_from(row)


WAITS_FOR_CONSENT = (
    "SELECT FROM consents JOIN outbox ON outbox.turn_id = consents.turn_id"
    f" AND outbox.key = format('{CONSENT_KEY}', consents.id) AND outbox.state <> 'waiting'"
    " WHERE consents.turn_id = turns.id AND consents.state = 'asked'"
)
"""A subquery with rows while a turn waits for its person to decide about a posted card."""

_CLAIM = text(
    "UPDATE turns SET claim = :claim, resumptions = turns.resumptions + 1"
    " FROM (SELECT turns.id AS found, turns.claim AS before,"
    " event ->> 'user' AS slack_user, event ->> 'thread_ts' IS NOT NULL AS in_thread"
    " FROM turns JOIN threads ON threads.id = thread_id"
    " JOIN deliveries ON deliveries.turn_id = turns.id"
    " WHERE threads.key = :thread AND turns.state = 'running' AND NOT EXISTS"
    f" ({WAITS_FOR_CONSENT})"
    " ORDER BY turns.id, deliveries.id LIMIT 1) running WHERE id = found"
    f" RETURNING {_TURN}, before, slack_user, in_thread"
)


class Claimed(NamedTuple):
    turn: Turn
    preempted: bool
    """True if an earlier run never released its claim: its last request may still reach Slack."""
    slack_user: str
    in_thread: bool
    """False if the message that the turn answers opened its thread."""


async def claim(database: Database, thread_key: str) -> Claimed | None:
    """Claim the thread's unfinished turn for this run; None if there is none to continue.

    A turn that waits for its person's consent is not claimed. Adds one to `resumptions`.
    """
    row = await database.fetch_one(_CLAIM, thread=thread_key, claim=uuid4().hex)
    if row is None:
        return None
    preempted = row["before"] is not None
    return Claimed(turn_from(row), preempted, row["slack_user"], row["in_thread"])


# ---- a run goes on

# Each statement that writes to a turn checks that this run holds it.
_HELD = "held AS MATERIALIZED (SELECT WHERE app.holds(:turn, :claim))"

_TAKE = text(
    f"WITH {_HELD}, unchanged AS (SELECT deliveries.id FROM deliveries, held WHERE {_UNCHANGED}"
    "  FOR UPDATE OF deliveries),"
    " step AS (INSERT INTO steps (turn_id, message, delivery_id)"
    "  SELECT :turn, :message, id FROM unchanged),"
    " taken AS (UPDATE deliveries SET state = 'taken', turn_id = :turn FROM unchanged"
    "  WHERE deliveries.id = unchanged.id)"
    " SELECT EXISTS (SELECT FROM unchanged) AS taken FROM held"
).bindparams(_MESSAGE, _EVENT)


async def take(database: Database, turn: Turn, delivery: Delivery, message: Message) -> bool:
    """Insert a delivery's message as the next step of the turn, unless that was done before.

    Return False if the delivery has changed since it was read.
    """
    row = await database.fetch_one(_TAKE, **_whose(turn), **_as_read(delivery), message=message)
    taken = bool(_held(row)["taken"])
    if taken:
        _count(message)
    return taken


_APPEND = text(
    f"WITH {_HELD},"
    " step AS (INSERT INTO steps (turn_id, message) SELECT :turn, :message FROM held)"
    " SELECT app.has_more(:turn) AS more FROM held"
).bindparams(_MESSAGE)


async def append(executor: Executor, turn: Turn, message: Message) -> bool:
    """Insert the next step; return whether deliveries wait in the thread.

    Raises `ClaimLost` if another run holds the turn, which rolls back the transaction around it.
    """
    row = _held(await executor.fetch_one(_APPEND, **_whose(turn), message=message))
    _count(message)
    return bool(row["more"])


def changing(assignments: str) -> TextClause:
    """Return the statement for `change` that updates a turn with these assignments."""
    mine = "id = :turn AND claim IS NOT DISTINCT FROM :claim"
    return text(
        f"UPDATE turns SET {assignments} WHERE {mine} RETURNING {_TURN}, app.has_more(id) AS more"
    )


async def change(
    database: Database, turn: Turn, statement: Executable, **values: Any
) -> tuple[Turn, bool]:
    """Update the turn; return the new row, and whether deliveries wait in its thread."""
    row = _held(await database.fetch_one(statement, **_whose(turn), **values))
    return turn_from(row), bool(row["more"])


_CHANGED = (
    "changed AS (UPDATE turns SET {what}"
    f" WHERE id = :turn AND claim IS NOT DISTINCT FROM :claim RETURNING {_TURN})"
)
_RESULT = " SELECT changed.*, app.has_more(id) AS more FROM changed"
_OUTCOMES = bindparam("outcomes", type_=JSONB)

_ANSWER = text(
    f"WITH {_CHANGED.format(what='answer = :answer, failed = :failed')},"
    " step AS (INSERT INTO steps (turn_id, message) SELECT id, :message FROM changed),"
    # A question that was asked on the terminal has no delivery, and no message in Slack.
    f" message AS ({_ENQUEUE_ANSWER.format(turn='changed')}"
    "  WHERE EXISTS (SELECT FROM deliveries WHERE turn_id = changed.id))" + _RESULT
).bindparams(_MESSAGE)


async def answer(database: Database, turn: Turn, message: Message, *, failed: bool) -> Turn:
    """Store the turn's answer, with its step, and put it into the outbox."""
    values = {"message": message, "answer": message["content"], "failed": failed}
    turn, _ = await change(database, turn, _ANSWER, **values)
    _count(message)
    return turn


_ADD_PARTS = text(
    f"WITH {_HELD} INSERT INTO outbox (key, kind, turn_id, attempts, posting_at)"
    f" SELECT format('{ANSWER_KEY}', CAST(:turn AS bigint), part), 'answer', :turn, 1,"
    "  clock_timestamp()"
    " FROM held, generate_series(1, CAST(:parts AS int) - 1) part ON CONFLICT DO NOTHING"
)


async def add_parts(database: Database, turn: Turn, parts: int) -> None:
    """Put the further parts of a long answer into the outbox, those that are not there yet."""
    await database.execute(_ADD_PARTS, **_whose(turn), parts=parts)


_ASK_CONSENT = text(
    f"WITH {_HELD}, consent AS"
    " (INSERT INTO consents (turn_id, call_id, person_id, tool, changes, versions, readers)"
    "  SELECT :turn, :call, :person, :tool, :changes, :versions, :readers FROM held"
    "  RETURNING id, turn_id),"
    " card AS (INSERT INTO outbox (key, kind, turn_id)"
    f"  SELECT format('{CONSENT_KEY}', id), 'consent', turn_id FROM consent) SELECT id FROM consent"
).bindparams(bindparam("changes", type_=JSONB), bindparam("versions", type_=JSONB))


async def ask_consent(database: Database, turn: Turn, **values: Any) -> None:
    """Insert the consent that a turn needs, and put its card into the outbox."""
    _held(await database.fetch_one(_ASK_CONSENT, **_whose(turn), **values))


# ---- a run comes to its end

_REST = text(
    f"WITH {_CHANGED.format(what='resumptions = 0, claim = NULL')}, settled AS ({SETTLE}"
    " AND outbox.turn_id IN (SELECT id FROM changed))" + _RESULT
).bindparams(_OUTCOMES)


async def rest(database: Database, turn: Turn, cards: Sequence[OutboxMessage]) -> tuple[Turn, bool]:
    """Pause the turn until its person has decided; store how the consent cards were sent."""
    return await change(database, turn, _REST, outcomes=outcomes(cards))


_END = text(
    f"WITH {_CHANGED.format(what='state = :state, ended_at = clock_timestamp()')},"
    f" settled AS ({SETTLE} AND outbox.turn_id IN (SELECT id FROM changed)),"
    " skipped AS (UPDATE outbox SET state = 'skipped' FROM changed WHERE turn_id = changed.id"
    "  AND outbox.state = 'waiting' AND key <> ALL (:keys))" + _RESULT
).bindparams(_OUTCOMES)


async def end(
    database: Database, turn: Turn, state: str, messages: Sequence[OutboxMessage]
) -> tuple[Turn, bool]:
    """End the turn, and store how its messages ended; its other waiting messages are skipped."""
    keys = [message.key for message in messages]
    values = {"state": state, "outcomes": outcomes(messages), "keys": keys}
    return await change(database, turn, _END, **values)


def _whose(turn: Turn) -> dict[str, Any]:
    return {"turn": turn.id, "claim": turn.claim}


def _as_read(delivery: Delivery) -> dict[str, Any]:
    return {"delivery": delivery.id, "event": delivery.event}


def _held(row: Row | None) -> Row:
    """Return the row; raise `ClaimLost` for None, which means that another run holds the turn."""
    if row is None:
        raise ClaimLost
    return row


def _count(message: Message) -> None:
    metrics.STEPS.labels(message["role"]).inc()
