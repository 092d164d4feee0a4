"""Taking back what a turn changed, as long as nothing newer has touched it."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import text

from services.context import Context
from services.entities.receipt import UNDONE_COLUMNS, receipt
from services.entities.ticket import Ticket
from services.errors import DeskError
from services.tools.tool import tool

UNDO_FOR = timedelta(minutes=10)

_LAST = "SELECT max(turn_id) FROM events WHERE turn_id IS DISTINCT FROM app.turn() AND {mine}"
_EVENTS = "SELECT * FROM events WHERE turn_id = :turn AND {mine} ORDER BY id DESC"
_MINE = "actor_id = app.person()"
_DELETES = {
    "tickets": "DELETE FROM tickets WHERE id = :record",
    "notes": "DELETE FROM notes WHERE id = :record",
    "ticket_machines": "DELETE FROM ticket_machines"
    " WHERE ticket_id = :record AND machine_id = :machine",
}


@tool(writes=True)
async def undo(
    ctx: Context,
    turn: Annotated[int | None, Field(description="leave out for the last change")] = None,
) -> str:
    """Take back what the person's last change did: within ten minutes, if nothing is newer."""
    turn = turn or await ctx.session.scalar(text(_LAST.format(mine=_MINE)))
    rows = await ctx.session.execute(text(_EVENTS.format(mine=_MINE)), {"turn": turn})
    events = [dict(row) for row in rows.mappings()]
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


async def _refuse_if_touched(ctx: Context, event: dict[str, Any]) -> None:
    touched = text("SELECT app.touched_since(:event)")
    if await ctx.session.scalar(touched, {"event": event["id"]}):
        raise DeskError(f"Not undone: “{receipt(event)}” has been followed by newer changes.")


async def _reverse(ctx: Context, event: dict[str, Any]) -> None:
    match event["verb"], event["table_name"]:
        case "UPDATE", "tickets":
            ticket = await ctx.session.get_one(Ticket, event["record_id"])
            for column in event["before"].keys() & UNDONE_COLUMNS:
                setattr(ticket, column, event["before"][column])
            await ctx.session.flush()
        case "INSERT", table if table in _DELETES:
            await _delete(ctx, event)
        case _:
            raise DeskError(f"Not undone: “{receipt(event)}” is not a change that I can take back.")


async def _delete(ctx: Context, event: dict[str, Any]) -> None:
    values = {"record": event["record_id"], "machine": event["after"].get("machine_id")}
    gone = await ctx.session.execute(text(_DELETES[event["table_name"]]), values)
    if gone.rowcount != 1:  # type: ignore[attr-defined]
        raise DeskError(f"Not undone: “{receipt(event)}” is no longer there.")
