"""Consent: a change is shown as it would be, and made only if the person agrees to just that."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.agent.transcript import Turn
from services.changes.receipts import plan
from services.context import Context
from services.entities.base import KINDS, Base
from services.errors import DeskError, NotAllowed
from services.storage.database import Database, Executor, Transaction
from services.tools.page import Result
from services.tools.tool import Tool

RECORDS = frozenset(kind.__tablename__ for kind in KINDS.values())
VALID_FOR = timedelta(minutes=30)

OUTCOMES = {
    "approved": "Approved: it is being done.",
    "done": "Approved and done.",
    "refused": "Refused: nothing was done.",
    "expired": "Nobody approved it within 30 minutes: nothing was done.",
    "withdrawn": "It was left without an approval: nothing was done.",
    "stale": "Not done: a record has changed since this was shown. Ask again to see it as it is.",
    "failed": "Not done: {why}",
}
"""How a consent stands, for the person and for the model alike."""

Change = dict[str, Any]
Versions = dict[str, dict[str, str]]


class Consent(Base):
    __tablename__ = "consents"
    id: Mapped[int] = mapped_column(primary_key=True)
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

    @property
    def lines(self) -> list[str]:
        """Each record that would change, with before and after."""
        return [line for change in self.changes if (line := plan(change))]

    @property
    def outcome(self) -> str:
        return OUTCOMES[self.state].format(why=self.why)


class ConsentNeeded(Exception):  # noqa: N818
    """A call has been tried and taken back: this is what it would change."""

    def __init__(self, changes: list[Change], versions: Versions) -> None:
        self.changes, self.versions = changes, versions


class Stale(DeskError):  # noqa: N818
    """What was shown is not what would be done now."""

    def __init__(self) -> None:
        super().__init__(OUTCOMES["stale"])


async def run_tool(
    ctx: Context, tool: Tool, arguments: dict[str, Any], consent: Consent | None
) -> Result:
    """Run a call that needs no consent, or that has it; otherwise raise `ConsentNeeded`."""
    values = await tool.prepare(ctx, **arguments)
    if consent:
        return await _as_shown(ctx, tool, values, consent)
    if tool.consent and await tool.consent(ctx, **values):
        raise await _tried(ctx, tool, values)
    return await tool.run(ctx, **values)


async def _tried(ctx: Context, tool: Tool, values: dict[str, Any]) -> ConsentNeeded:
    """The change is made in a savepoint, so that the database itself says what it would be."""
    last = await _last_event(ctx)
    async with ctx.transaction.trial():
        await tool.run(ctx, **values)
        changes = await _changes_since(ctx, last)
    return ConsentNeeded(changes, await _versions(ctx, changes))


async def _as_shown(ctx: Context, tool: Tool, values: dict[str, Any], consent: Consent) -> Result:
    if await _versions(ctx, consent.changes) != consent.versions:
        raise Stale
    last = await _last_event(ctx)
    result = await tool.run(ctx, **values)
    changes = await _changes_since(ctx, last)
    if [_essence(each) for each in changes] != [_essence(each) for each in consent.changes]:
        raise Stale
    return result


_LAST_EVENT = text("SELECT coalesce(max(id), 0) AS last FROM events WHERE turn_id = app.turn()")
_CHANGES_SINCE = text(
    "SELECT verb, table_name, record_id, before, after FROM events"
    " WHERE turn_id = app.turn() AND id > :last ORDER BY id"
)


async def _last_event(ctx: Context) -> int:
    [row] = await ctx.fetch_all(_LAST_EVENT)
    return int(row["last"])


async def _changes_since(ctx: Context, last: int) -> list[Change]:
    return await ctx.fetch_all(_CHANGES_SINCE, last=last)


def _essence(change: Change) -> Change:
    """A change without what differs from one try to the next: times, and ids of new records."""
    new = change["verb"] == "INSERT"
    values = {
        side: {
            name: value
            for name, value in (change[side] or {}).items()
            if not name.endswith("_at") and not (new and name == "id")
        }
        for side in ("before", "after")
    }
    return {**change, **values, "record_id": None if new else change["record_id"]}


async def _versions(ctx: Context, changes: list[Change]) -> Versions:
    """Postgres gives a row a new xmin with every change, whoever makes it and to which column."""
    found: Versions = {}
    for change in changes:
        table, number = change["table_name"], change["record_id"]
        if table.startswith("ticket_"):  # who sees a ticket, and what it is about
            table = "tickets"
        elif change["verb"] == "INSERT" or table not in RECORDS:
            continue
        query = text(f"SELECT xmin::text AS version FROM {table} WHERE id = :number")  # noqa: S608 - a table of ours
        row = await ctx.fetch_one(query, number=number)
        found.setdefault(table, {})[str(number)] = row["version"] if row else "gone"
    return found


# ---- between asking and doing


_OF_CALL = select(Consent.__table__).where(
    Consent.turn_id == bindparam("turn"), Consent.call_id == bindparam("call"), ~Consent.settled
)


async def consent_for(database: Database, turn: Turn, call_id: str) -> Consent | None:
    """The consent that a call without a result waits for or has got."""
    row = await database.fetch_one(_OF_CALL, turn=turn.id, call=call_id)
    return Consent(**row) if row else None


async def those_of(
    database: Database, turn: Turn, *conditions: ColumnElement[bool]
) -> list[Consent]:
    """The consents of the turn for which the conditions hold, oldest first."""
    query = select(Consent.__table__).where(Consent.turn_id == turn.id, *conditions)
    return [Consent(**row) for row in await database.fetch_all(query.order_by(Consent.id))]


async def amend(executor: Executor, consent: Consent, **values: Any) -> None:
    """Write down how it stands."""
    await executor.execute(update(Consent).where(Consent.id == consent.id).values(values))


async def settle(executor: Executor, consent: Consent, state: str, why: str = "") -> None:
    """The call has come to its end, in the transaction that writes its result down."""
    await amend(executor, consent, state=state, settled=True, why=why or None)


async def settle_refused(executor: Executor, consent: Consent, error: DeskError) -> None:
    """The same for a call that was not made, though it may have been approved."""
    if consent.state != "approved":
        await settle(executor, consent, consent.state)
    elif isinstance(error, Stale):
        await settle(executor, consent, "stale")
    else:
        await settle(executor, consent, "failed", str(error))


_LOCKED = select(Consent.__table__).where(Consent.id == bindparam("number")).with_for_update()


async def decide(executor: Transaction, number: int, person_id: int, *, approve: bool) -> Consent:
    """Write down what the person decides; whoever comes second is told how it stands."""
    row = await executor.fetch_one(_LOCKED, number=number)
    if row is None or row["person_id"] != person_id:
        raise NotAllowed("Only the person who asked for this can decide about it.")
    consent = Consent(**row)
    if consent.state != "asked":
        raise DeskError(consent.outcome)
    late = datetime.now(UTC) - consent.asked_at > VALID_FOR
    consent.state = "expired" if late else "approved" if approve else "refused"
    await amend(executor, consent, state=consent.state)
    return consent


WITHDRAW = text(
    "UPDATE consents SET state = 'withdrawn' FROM turns, threads, people"
    " WHERE consents.state = 'asked' AND turns.id = consents.turn_id"
    " AND threads.id = turns.thread_id AND threads.key = :thread"
    " AND people.id = consents.person_id AND people.slack_id = :user RETURNING consents.id"
)
"""Who writes something else while a card waits for them has not approved it."""


_EXPIRE = text(
    "UPDATE consents SET state = 'expired' FROM turns, threads"
    " WHERE consents.state = 'asked' AND asked_at < now() - :valid"
    " AND turns.id = consents.turn_id AND threads.id = turns.thread_id"
    " RETURNING threads.key"
)


async def expire(executor: Executor) -> list[str]:
    """End what nobody has decided in time; the keys of the threads that can go on."""
    return [row["key"] for row in await executor.fetch_all(_EXPIRE, valid=VALID_FOR)]
