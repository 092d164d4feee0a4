"""Undo the changes of a turn, unless the records have newer changes."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from sqlalchemy import text

from services.changes.events import SELECT, Event, is_undone
from services.changes.receipts import Wording, undone_lines
from services.changes.undo import undo_changes
from services.context import Context
from services.entities.base import load_visible
from services.entities.person import Person
from services.errors import DeskError
from services.tools.argument_types import RowNumber
from services.tools.tool import tool

UNDO_FOR = timedelta(minutes=10)
NOTHING = (
    "There is no change of yours to undo here. To undo one that you made elsewhere, press Undo"
    " below it."
)

_LAST = text("SELECT app.last_turn() AS turn")
_EVENTS = text(f"{SELECT} WHERE turn_id = :turn AND actor_id = app.person() ORDER BY id")
_UNDOING = text("SELECT set_config('app.undoes', :turn, true)")
_TOUCHED = text("SELECT app.touched_since(:event) AS touched")


async def _not_only_own(ctx: Context, turn: int | None = None) -> bool:
    """Return whether undoing would change several records, or affect other people."""
    events = await _events(ctx, turn or await _last_turn(ctx))
    records = sorted({event.record for event in events})
    if len(records) > 1 or any(_involves_others(ctx, event) for event in events):
        return True
    found = await load_visible(ctx, records)
    return not all(record.concerns(ctx.actor.person_id) for record in found)


def _involves_others(ctx: Context, event: Event) -> bool:
    """Return whether another person than the actor gets or loses the record, or is linked to it."""
    people = [name for name, target in event.targets.items() if target is Person]
    if event.link:
        return any(event.row[name] != ctx.actor.person_id for name in people)
    return event.verb == "UPDATE" and bool(people)


@tool(writes=True, consent=_not_only_own)
async def undo(
    ctx: Context,
    turn: Annotated[
        RowNumber | None, Field(description="leave out for the last change of this thread")
    ] = None,
) -> str:
    """Take back what the person's last change did: within ten minutes, if nothing is newer."""
    turn = turn or await _last_turn(ctx)
    events = await _events(ctx, turn)
    if turn is None or not events:
        raise DeskError(NOTHING)
    lines = "; ".join(await undone_lines(ctx, events))
    if await is_undone(ctx, turn):
        raise DeskError(f"That has been undone already: {lines}.")
    if ctx.now - events[-1].at > UNDO_FOR:
        raise DeskError("That was more than ten minutes ago: please change it back by hand.")
    for event in events:
        await _refuse_if_touched(ctx, event)
    await ctx.fetch_all(_UNDOING, turn=str(turn))
    await undo_changes(ctx, events)
    await ctx.fetch_all(_UNDOING, turn="")
    return f"Undone: {lines}."


async def _last_turn(ctx: Context) -> int | None:
    """Return the turn of the person's last change in this conversation."""
    [last] = await ctx.fetch_all(_LAST)
    found: int | None = last["turn"]
    return found


async def _events(ctx: Context, turn: int | None) -> list[Event]:
    """Return the changes that the person made in the turn, oldest first."""
    return [Event.from_row(row) for row in await ctx.fetch_all(_EVENTS, turn=turn)]


async def _refuse_if_touched(ctx: Context, event: Event) -> None:
    [row] = await ctx.fetch_all(_TOUCHED, event=event.id)
    if row["touched"]:
        change = Wording(hidden=ctx.hidden).receipt(event)
        raise DeskError(f"Not undone: “{change}” has been followed by newer changes.")
