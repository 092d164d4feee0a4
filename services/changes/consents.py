"""Consents: changes that a person was asked to approve, and what they decided."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.entities.table import Numbered
from services.errors import DeskError, NotAllowed
from services.storage.database import Database, Executor, Transaction

VALID_FOR = timedelta(minutes=30)

OUTCOMES = {
    "approved": "Approved: it is being done.",
    "done": "Approved and done.",
    "refused": "{who} refused this: nothing was done.",
    "expired": "{who} did not approve this within 30 minutes: nothing was done.",
    "withdrawn": "{who} wrote something else and did not approve this: nothing was done.",
    "stale": "Not done: a record has changed since this was shown. Ask again to see it as it is.",
    "failed": "Not done: {why}",
}
"""The sentence for each state of a consent. `who` names the person who was asked."""

Change = dict[str, Any]
"""An event as `preview.comparable` returns it, with the `line` that the person was shown."""
Versions = dict[str, str]
"""The version of each record that the call would change, by id."""


class Consent(Numbered):
    """A tool call that a person has to approve, and their decision."""

    __tablename__ = "consents"
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    call_id: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    tool: Mapped[str]
    changes: Mapped[list[Change]] = mapped_column(JSONB)
    versions: Mapped[Versions] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default="asked")
    settled: Mapped[bool] = mapped_column(server_default="false")
    asked_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    why: Mapped[str | None]
    readers: Mapped[str] = mapped_column(server_default="")

    @property
    def lines(self) -> list[str]:
        """The lines of the consent card: each change in full, then the sentence `readers`, if any.

        That sentence says who can read a model's new text and may not see what it was made from.
        """
        return [change["line"] for change in self.changes] + (
            [self.readers] if self.readers else []
        )

    def outcome(self, who: str = "You") -> str:
        """Return the sentence on the decision; `who` names the person for other readers."""
        return OUTCOMES[self.state].format(why=self.why, who=who)


class Stale(DeskError):  # noqa: N818
    """The change would differ from the one that was shown."""

    def __init__(self) -> None:
        super().__init__(OUTCOMES["stale"])


_OF_CALL = select(Consent.__table__).where(
    Consent.turn_id == bindparam("turn"), Consent.call_id == bindparam("call"), ~Consent.settled
)


async def consent_for(database: Database, turn_id: int, call_id: str) -> Consent | None:
    """Return the consent of a call that has no result yet, decided or not."""
    row = await database.fetch_one(_OF_CALL, turn=turn_id, call=call_id)
    return Consent(**row) if row else None


async def consents_of(
    database: Database, turn_id: int, *conditions: ColumnElement[bool]
) -> list[Consent]:
    """Return the turn's consents that fulfil the conditions, oldest first."""
    query = select(Consent.__table__).where(Consent.turn_id == turn_id, *conditions)
    return [Consent(**row) for row in await database.fetch_all(query.order_by(Consent.id))]


async def settle(executor: Executor, consent: Consent, state: str, why: str = "") -> None:
    """Store how the call ended, in the transaction that stores its result."""
    await _change(executor, consent, state=state, settled=True, why=why or None)


async def settle_refused(executor: Executor, consent: Consent, error: DeskError) -> None:
    """Store why the desk did not make the call, though the person may have approved it."""
    if consent.state != "approved":
        await settle(executor, consent, consent.state)
    elif isinstance(error, Stale):
        await settle(executor, consent, "stale")
    else:
        await settle(executor, consent, "failed", str(error))


async def _change(executor: Executor, consent: Consent, **values: Any) -> None:
    await executor.execute(update(Consent).where(Consent.id == consent.id).values(values))


_LOCKED = select(Consent.__table__).where(Consent.id == bindparam("number")).with_for_update()


async def decide(executor: Transaction, number: int, person_id: int, *, approve: bool) -> Consent:
    """Store the person's decision; raise `DeskError` if there already is one."""
    row = await executor.fetch_one(_LOCKED, number=number)
    if row is None or row["person_id"] != person_id:
        raise NotAllowed("Only the person who asked for this can decide about it.")
    consent = Consent(**row)
    if consent.state != "asked":
        raise DeskError(consent.outcome())
    late = datetime.now(UTC) - consent.asked_at > VALID_FOR
    consent.state = "expired" if late else "approved" if approve else "refused"
    await _change(executor, consent, state=consent.state)
    return consent


WITHDRAW = text(
    "UPDATE consents SET state = 'withdrawn' FROM turns, threads, people"
    " WHERE consents.state = 'asked' AND turns.id = consents.turn_id"
    " AND threads.id = turns.thread_id AND threads.key = :thread"
    " AND people.id = consents.person_id AND people.slack_id = :user RETURNING consents.id"
)
"""The SQL that withdraws a person's undecided consent cards when they write in the thread."""

_WITHDRAW_OF_TURN = text(
    "UPDATE consents SET state = 'withdrawn' WHERE state = 'asked' AND turn_id = :turn"
)


async def withdraw(executor: Executor, turn_id: int) -> None:
    """Withdraw the undecided cards of a turn that ends."""
    await executor.execute(_WITHDRAW_OF_TURN, turn=turn_id)


_EXPIRE = text(
    "UPDATE consents SET state = 'expired' FROM turns, threads"
    " WHERE consents.state = 'asked' AND asked_at < now() - :valid"
    " AND turns.id = consents.turn_id AND threads.id = turns.thread_id"
    " RETURNING threads.key"
)


async def expire(executor: Executor) -> list[str]:
    """Expire old consents; return the keys of the threads whose turns can continue."""
    return [row["key"] for row in await executor.fetch_all(_EXPIRE, valid=VALID_FOR)]
