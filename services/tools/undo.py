"""Take back what a turn changed, as long as nothing newer has touched it."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from sqlalchemy import text

from services.changes.events import SELECT, Event
from services.changes.receipts import Wording, receipts_of
from services.changes.undo import undo_changes
from services.context import Context
from services.entities.base import load_visible
from services.entities.person import Person
from services.errors import DeskError
from services.tools.argument_types import RowNumber
from services.tools.tool import tool

UNDO_FOR = timedelta(minutes=10)

_LAST = text(
    "SELECT max(turn_id) AS turn FROM events"
    " WHERE turn_id IS DISTINCT FROM app.turn() AND actor_id = app.person()"
)
_EVENTS = text(f"{SELECT} WHERE turn_id = :turn AND actor_id = app.person() ORDER BY id")
_TOUCHED = text("SELECT app.touched_since(:event) AS touched")


async def _not_only_own(ctx: Context, turn: int | None = None) -> bool:
    """Whether several records would change, or something that concerns other people."""
    events = await _events(ctx, turn)
    records = sorted({event.record for event in events})
    if len(records) > 1 or any(_involves_others(ctx, event) for event in events):
        return True
    found = await load_visible(ctx, records)
    return not all(record.concerns(ctx.actor.person_id) for record in found)


def _involves_others(ctx: Context, event: Event) -> bool:
    """Whether a record passes from one person to another, or another person is linked to it."""
    people = [name for name, target in event.targets.items() if target is Person]
    if event.link:
        return any(event.row[name] != ctx.actor.person_id for name in people)
    return event.verb == "UPDATE" and bool(people)


@tool(writes=True, consent=_not_only_own)
async def undo(
    ctx: Context,
    turn: Annotated[RowNumber | None, Field(description="leave out for the last change")] = None,
) -> str:
    """Take back what the person's last change did: within ten minutes, if nothing is newer."""
    events = await _events(ctx, turn)
    if not events:
        raise DeskError("There is no change of yours to undo there.")
    if ctx.now - events[-1].at > UNDO_FOR:
        raise DeskError("That was more than ten minutes ago: please change it back by hand.")
    for event in events:
        await _refuse_if_touched(ctx, event)
    lines = await receipts_of(ctx, events)
    await undo_changes(ctx, events)
    return f"Undone: {'; '.join(lines)}."


async def _events(ctx: Context, turn: int | None) -> list[Event]:
    """Return the person's changes of the turn, oldest first."""
    if turn is None:
        [last] = await ctx.fetch_all(_LAST)
        turn = last["turn"]
    return [Event.from_row(row) for row in await ctx.fetch_all(_EVENTS, turn=turn)]


async def _refuse_if_touched(ctx: Context, event: Event) -> None:
    [row] = await ctx.fetch_all(_TOUCHED, event=event.id)
    if row["touched"]:
        change = Wording().receipt(event)
        raise DeskError(f"Not undone: “{change}” has been followed by newer changes.")
