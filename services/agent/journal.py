"""What is written to a transcript: each step by one statement, and only by who holds the turn."""

from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Executable, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from services import metrics
from services.agent.transcript import Delivery, Message, Thread, Turn
from services.storage.database import Database, Executor, Transaction
from services.storage.statements import Row

_MESSAGE = bindparam("message", type_=JSONB)
_TURN = ", ".join(f"turns.{column.name}" for column in Turn.__table__.columns)


def turn_from(row: Row) -> Turn:
    return Turn(**{column.name: row[column.name] for column in Turn.__table__.columns})


class ClaimLost(Exception):  # noqa: N818
    """Another run has claimed the turn, since this one seemed to be dead: it must not go on."""


_HOLDS = text("SELECT app.holds(:turn, :claim) AS held")


async def hold(transaction: Transaction, turn: Turn) -> None:
    """Make sure, until the end of the transaction, that this run may write to the turn."""
    [row] = await transaction.fetch_all(_HOLDS, **_whose(turn))
    if not row["held"]:
        raise ClaimLost


# ---- a run begins

# As it was read: since then it may have been edited or deleted.
_STILL = (
    "deliveries.id = :delivery AND deliveries.state = 'waiting'"
    " AND deliveries.event ->> 'text' IS NOT DISTINCT FROM :words"
)

_BEGIN = text(
    f"WITH still AS (SELECT FROM deliveries WHERE {_STILL} FOR UPDATE),"
    " thread AS (INSERT INTO threads (key, channel, thread_ts)"
    "  SELECT :key, :channel, :thread_ts FROM still ON CONFLICT (key) DO UPDATE"
    "  SET channel = excluded.channel, thread_ts = excluded.thread_ts RETURNING id),"
    " turn AS (INSERT INTO turns (thread_id, person_id, audience, answer, refused, claim)"
    f"  SELECT id, :person, :audience, :answer, :refused, :claim FROM thread RETURNING {_TURN}),"
    " step AS (INSERT INTO steps (turn_id, message, delivery_id)"
    "  SELECT id, :message, :delivery FROM turn),"
    " taken AS (UPDATE deliveries SET state = 'taken', turn_id = turn.id FROM turn"
    "  WHERE deliveries.id = :delivery)"
    " SELECT * FROM turn"
).bindparams(_MESSAGE)


async def begin(
    database: Database, thread: Thread, turn: Turn, delivery: Delivery, message: Message
) -> Turn | None:
    """Write down a turn and its thread, if that is new, with a delivery's message as first step.

    None: the delivery is not any more what it was.
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
        **_read(delivery),
        message=message,
    )
    if row is None:
        return None
    _count(message)
    return turn_from(row)


_CLAIM = text(
    "UPDATE turns SET claim = :claim FROM (SELECT turns.id AS found, turns.claim AS before,"
    " event ->> 'user' AS slack_user FROM turns JOIN threads ON threads.id = thread_id"
    " JOIN deliveries ON deliveries.turn_id = turns.id"
    " WHERE threads.key = :thread AND turns.state = 'running' AND NOT EXISTS"
    " (SELECT FROM consents WHERE consents.turn_id = turns.id AND consents.state = 'asked'"
    "  AND consents.message_ts IS NOT NULL)"
    " ORDER BY turns.id LIMIT 1) running WHERE id = found"
    f" RETURNING {_TURN}, before, slack_user"
)


class Claimed(NamedTuple):
    turn: Turn
    preempted: bool
    """Whether another run held it, which may not be dead: it can't write any more."""
    slack_user: str


async def claim(database: Database, thread_key: str) -> Claimed | None:
    """The thread's turn that was cut short, for this run alone.

    One that waits for its person, who has been shown what to decide, is left to them.
    """
    row = await database.fetch_one(_CLAIM, thread=thread_key, claim=uuid4().hex)
    if row is None:
        return None
    return Claimed(turn_from(row), row["before"] is not None, row["slack_user"])


# ---- a run goes on

# What writes to a turn makes sure by the same statement that this run holds it.
_HELD = "held AS MATERIALIZED (SELECT WHERE app.holds(:turn, :claim))"

_TAKE = text(
    f"WITH {_HELD}, still AS (SELECT deliveries.id FROM deliveries, held WHERE {_STILL}"
    "  FOR UPDATE OF deliveries),"
    " step AS (INSERT INTO steps (turn_id, message, delivery_id)"
    "  SELECT :turn, :message, id FROM still),"
    " taken AS (UPDATE deliveries SET state = 'taken', turn_id = :turn FROM still"
    "  WHERE deliveries.id = still.id)"
    " SELECT EXISTS (SELECT FROM still) AS still FROM held"
).bindparams(_MESSAGE)


async def take(database: Database, turn: Turn, delivery: Delivery, message: Message) -> bool:
    """Write a delivery's message down as the next step of the turn, once.

    False: the delivery is not any more what it was.
    """
    row = await database.fetch_one(_TAKE, **_whose(turn), **_read(delivery), message=message)
    taken = bool(_held(row)["still"])
    if taken:
        _count(message)
    return taken


_APPEND = text(
    f"WITH {_HELD},"
    " step AS (INSERT INTO steps (turn_id, message) SELECT :turn, :message FROM held)"
    " SELECT app.has_more(:turn) AS more FROM held"
).bindparams(_MESSAGE)


async def append(executor: Executor, turn: Turn, message: Message) -> bool:
    """Write down what comes next in the turn; whether more waits in its thread.

    In a transaction what that has done before is taken back, too, if another run holds the turn.
    """
    row = _held(await executor.fetch_one(_APPEND, **_whose(turn), message=message))
    _count(message)
    return bool(row["more"])


def changing(what: str) -> TextClause:
    """A statement for `change`, from what it sets."""
    mine = "id = :turn AND claim IS NOT DISTINCT FROM :claim"
    return text(f"UPDATE turns SET {what} WHERE {mine} RETURNING {_TURN}, app.has_more(id) AS more")


async def change(
    database: Database, turn: Turn, statement: Executable, **values: Any
) -> tuple[Turn, bool]:
    """Write new values into the turn; as it is now, and whether more waits in its thread."""
    row = _held(await database.fetch_one(statement, **_whose(turn), **values))
    return turn_from(row), bool(row["more"])


_ANSWER = text(
    "WITH changed AS (UPDATE turns"
    " SET answer = :answer, failed = :failed, posting_at = clock_timestamp()"
    f" WHERE id = :turn AND claim IS NOT DISTINCT FROM :claim RETURNING {_TURN}),"
    " step AS (INSERT INTO steps (turn_id, message) SELECT id, :message FROM changed)"
    " SELECT changed.*, app.has_more(id) AS more FROM changed"
).bindparams(_MESSAGE)


async def answer(database: Database, turn: Turn, message: Message, *, failed: bool) -> Turn:
    """Write down what the turn ends with; from now on it goes out as its answer."""
    values = {"message": message, "answer": message["content"], "failed": failed}
    turn, _ = await change(database, turn, _ANSWER, **values)
    _count(message)
    return turn


def _whose(turn: Turn) -> dict[str, Any]:
    return {"turn": turn.id, "claim": turn.claim}


def _read(delivery: Delivery) -> dict[str, Any]:
    return {"delivery": delivery.id, "words": delivery.event.get("text")}


def _held(row: Row | None) -> Row:
    """What came back of a statement by which the turn is held."""
    if row is None:
        raise ClaimLost
    return row


def _count(message: Message) -> None:
    metrics.STEPS.labels(message["role"]).inc()
