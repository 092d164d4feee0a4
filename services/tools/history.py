"""Show the history of records: who changed what and where, and to admins after which message."""

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import text

from services.changes.administration import NAMES, administration_lines
from services.changes.events import COLUMNS, Event
from services.changes.receipts import wording_for
from services.context import Context, Role
from services.entities.base import Entity
from services.entities.card import quoted
from services.storage.statements import Row
from services.tools.surfaces import Slash
from services.tools.tool import tool

NEWEST = 15
_LONGEST = 120

_CHANGES = (
    f"SELECT {COLUMNS}, actor_id, surface, source, turn_id, people.name"
    " FROM events LEFT JOIN people ON people.id = actor_id"
    " WHERE {which} ORDER BY events.id DESC LIMIT :most"
)
_SUBJECT = "(subject_type = :prefix AND subject_id = :number)"
_ITSELF = "(table_name = :table AND record_id = :number)"
_ROLES = "(table_name = 'people' AND verb = 'UPDATE' AND after ? 'role')"
_SETTINGS = f"table_name IN ({', '.join(repr(each) for each in NAMES)})"
_OF_ALL = text(_CHANGES.format(which="true"))
_OF_RECORD = text(_CHANGES.format(which=f"{_SUBJECT} OR {_ITSELF}"))
_OF_SETTINGS = text(_CHANGES.format(which=f"{_SETTINGS} OR {_ROLES}"))
_WORDS = text("SELECT app.words_behind(:turn) AS words")


@tool(
    done="Looked at the history",
    slash=Slash(
        "/itsm",
        "audit",
        "the newest changes, of a record or of all",
        "TKT-12",
        takes=("record",),
    ),
)
async def history(
    ctx: Context,
    record: Annotated[Entity | None, Field(description="leave out for all records")] = None,
) -> str:
    """The newest changes of a record, or of all: who made them, when, and where."""
    return await changes_of(ctx, record)


async def changes_of(ctx: Context, record: Entity | None) -> str:
    """Return the newest changes of a record, or of all, one a line."""
    values: dict[str, Any] = {"most": NEWEST}
    if record:
        values |= {"table": record.__tablename__, "number": record.id, "prefix": record.prefix}
    lines = await _lines(ctx, await ctx.fetch_all(_OF_RECORD if record else _OF_ALL, **values))
    of = f" of {record.key}" if record else ""
    if not lines:
        return f"There are no changes{of} yet that you can see."
    return "\n".join([f"Newest changes{of}:", *(f"- {line}" for line in lines)])


async def changes_of_settings(ctx: Context) -> list[str]:
    """Return the newest changes of settings, channels, models and roles."""
    return await _lines(ctx, await ctx.fetch_all(_OF_SETTINGS, most=NEWEST))


async def _lines(ctx: Context, rows: list[Row]) -> list[str]:
    events = [Event.from_row(row) for row in rows]
    wording, told = await wording_for(ctx, events), await administration_lines(ctx, events)
    said = [told.get(event.id) or wording.receipt(event) for event in events]
    return [await _line(ctx, row, what) for row, what in zip(rows, said, strict=True)]


async def _line(ctx: Context, row: Row, what: str) -> str:
    who = f"{quoted(row['name'])} (USR-{row['actor_id']})" if row["name"] else "The desk"
    what = what or f"Changed {row['table_name'].replace('_', ' ')}"
    where = f"{row['surface']} of {quoted(row['source'])}" if row["source"] else row["surface"]
    line = f"{row['at']:%Y-%m-%d %H:%M} UTC, {who}, {where}: {what}"
    words = await _words(ctx, row["turn_id"])
    return f"{line}, after {quoted(words[:_LONGEST])}" if words else line


async def _words(ctx: Context, turn: int | None) -> str:
    """Return the message that led to the turn's changes; empty if the reader is no admin.

    Empty for models too: the message may have been private, and a model could publish it.
    """
    if turn is None or ctx.for_model or ctx.actor.effective_role < Role.admin:
        return ""
    [row] = await ctx.fetch_all(_WORDS, turn=turn)
    return row["words"] or ""
