"""Who changed what, through which surface, and which words led to it."""

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import text

from services.changes.receipts import receipt
from services.context import Context, Role
from services.entities.base import Entity
from services.entities.card import quoted
from services.tools.surfaces import Slash
from services.tools.tool import tool

NEWEST = 15
_LONGEST = 120

_CHANGES = (
    "SELECT events.*, people.name FROM events LEFT JOIN people ON people.id = actor_id"
    " WHERE {which} ORDER BY events.id DESC LIMIT :most"
)
_OF_ALL = text(_CHANGES.format(which="true"))
_OF_RECORD = text(
    _CHANGES.format(
        which="(subject_type = :prefix AND subject_id = :number)"
        " OR (table_name = :table AND record_id = :number)"
    )
)
_WORDS = text("SELECT app.words_behind(:turn) AS words")


@tool(
    slash=Slash(
        "/itsm",
        "audit",
        "the newest changes, of a record or of all",
        "TKT-12",
        takes=("record",),
    )
)
async def history(
    ctx: Context,
    record: Annotated[Entity | None, Field(description="leave out for all records")] = None,
) -> str:
    """The newest changes of a record, or of all: who made them, when, and where."""
    values: dict[str, Any] = {"most": NEWEST}
    if record:
        values |= {"table": record.__tablename__, "number": record.id, "prefix": record.prefix}
    events = await ctx.fetch_all(_OF_RECORD if record else _OF_ALL, **values)
    lines = [await _line(ctx, event) for event in events]
    of = record.key if record else "all records"
    if not lines:
        return f"There is no change of {of} that you can see."
    return "\n".join([f"Newest changes of {of}:", *lines])


async def _line(ctx: Context, event: dict[str, Any]) -> str:
    who = f"{quoted(event['name'])} (USR-{event['actor_id']})" if event["name"] else "The desk"
    what = receipt(event) or f"Changed {event['table_name'].replace('_', ' ')}"
    line = f"- {event['at']:%Y-%m-%d %H:%M} UTC, {who}, {event['surface']}: {what}"
    words = await _words(ctx, event["turn_id"])
    return f"{line}, after {quoted(words[:_LONGEST])}" if words else line


async def _words(ctx: Context, turn: int | None) -> str:
    """What was asked for, to admins."""
    if turn is None or ctx.actor.effective_role < Role.admin:
        return ""
    [row] = await ctx.fetch_all(_WORDS, turn=turn)
    return row["words"] or ""
