"""Taking back what a turn changed, as long as nothing newer has touched it."""

from datetime import timedelta
from typing import Annotated, Any

from psycopg.errors import InsufficientPrivilege
from pydantic import Field
from sqlalchemy import text

from services.changes.receipts import UNDONE_COLUMNS, receipt
from services.context import Context
from services.entities.ticket import Ticket
from services.errors import DeskError, NotAllowed
from services.tools.argument_types import RowNumber
from services.tools.tool import tool

UNDO_FOR = timedelta(minutes=10)

Event = dict[str, Any]

_LAST = text(
    "SELECT max(turn_id) AS turn FROM events"
    " WHERE turn_id IS DISTINCT FROM app.turn() AND actor_id = app.person()"
)
_EVENTS = text(
    "SELECT * FROM events WHERE turn_id = :turn AND actor_id = app.person() ORDER BY id DESC"
)
_TOUCHED = text("SELECT app.touched_since(:event) AS touched")
_REVERSE = {
    ("INSERT", "tickets"): "DELETE FROM tickets WHERE id = :record RETURNING id",
    ("INSERT", "notes"): "DELETE FROM notes WHERE id = :record RETURNING id",
    ("INSERT", "ticket_machines"): "DELETE FROM ticket_machines"
    " WHERE ticket_id = :record AND machine_id = :machine RETURNING ticket_id",
    ("INSERT", "ticket_watchers"): "DELETE FROM ticket_watchers"
    " WHERE ticket_id = :record AND person_id = :person RETURNING ticket_id",
    ("DELETE", "ticket_watchers"): "INSERT INTO ticket_watchers VALUES (:record, :person)"
    " RETURNING ticket_id",
}


async def _not_only_own(ctx: Context, turn: int | None = None) -> bool:
    """Whether several records would change, or what the tools themselves would ask about."""
    events = await _events(ctx, turn)
    records = {(_of(event["table_name"]), event["record_id"]) for event in events}
    return len(records) > 1 or any([await _touches_others(ctx, event) for event in events])


async def _touches_others(ctx: Context, event: Event) -> bool:
    if _of(event["table_name"]) != "tickets":
        return False  # a note of one's own
    tickets = await Ticket.fetch_by_ids(ctx, [event["record_id"]])
    values = (event["before"] or {}) | (event["after"] or {})
    mine = any(ticket.concerns(ctx.actor.person_id) for ticket in tickets)
    moved = event["verb"] == "UPDATE" and "assignee_id" in values
    watcher = values.get("person_id", ctx.actor.person_id)
    return not mine or moved or watcher != ctx.actor.person_id


@tool(writes=True, consent=_not_only_own)
async def undo(
    ctx: Context,
    turn: Annotated[RowNumber | None, Field(description="leave out for the last change")] = None,
) -> str:
    """Take back what the person's last change did: within ten minutes, if nothing is newer."""
    events = await _events(ctx, turn)
    if not events:
        raise DeskError("There is no change of yours to undo there.")
    if ctx.now - events[0]["at"] > UNDO_FOR:
        raise DeskError("That was more than ten minutes ago: please change it back by hand.")
    for event in events:
        await _refuse_if_touched(ctx, event)
    for event in events:
        await _reverse(ctx, event)
    lines = [line for event in reversed(events) if (line := receipt(event))]
    return f"Undone: {'; '.join(lines)}."


def _of(table: str) -> str:
    """What hangs on a ticket is part of it."""
    return "tickets" if table.startswith("ticket_") else table


async def _events(ctx: Context, turn: int | None) -> list[Event]:
    if turn is None:
        [last] = await ctx.fetch_all(_LAST)
        turn = last["turn"]
    return await ctx.fetch_all(_EVENTS, turn=turn)


async def _refuse_if_touched(ctx: Context, event: Event) -> None:
    [row] = await ctx.fetch_all(_TOUCHED, event=event["id"])
    if row["touched"]:
        raise DeskError(f"Not undone: “{receipt(event)}” has been followed by newer changes.")


async def _reverse(ctx: Context, event: Event) -> None:
    """As the person may now: their role or the ticket may be another than it was."""
    try:
        done = await (_set_back if event["verb"] == "UPDATE" else _put_back)(ctx, event)
    except InsufficientPrivilege:
        raise NotAllowed(
            f"Not undone: “{receipt(event)}” is not yours to change here. Where others read along,"
            " everyone acts as a requester: ask in a direct message."
        ) from None
    if not done:
        raise DeskError(f"Not undone: “{receipt(event)}” is no longer there.")


async def _set_back(ctx: Context, event: Event) -> bool:
    if event["table_name"] != "tickets":
        raise _beyond(event)
    before = {name: value for name, value in event["before"].items() if name in UNDONE_COLUMNS}
    for ticket in await Ticket.fetch_by_ids(ctx, [event["record_id"]]):
        await ticket.change(ctx, **before)
        return True
    return False


async def _put_back(ctx: Context, event: Event) -> bool:
    statement = _REVERSE.get((event["verb"], event["table_name"]))
    if statement is None:
        raise _beyond(event)
    row = (event["before"] or {}) | (event["after"] or {})
    values = {"record": event["record_id"]}
    values |= {name: row.get(f"{name}_id") for name in ("machine", "person")}
    return bool(await ctx.fetch_all(text(statement), **values))


def _beyond(event: Event) -> DeskError:
    return DeskError(f"Not undone: “{receipt(event)}” is not a change that I can take back.")
