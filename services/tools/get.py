"""Records in full, as models read them: fields, tags, notes in full, and their history."""

from typing import Annotated

from pydantic import Field

from services.context import Context
from services.entities.ages import age
from services.entities.base import Entity
from services.entities.card import quoted
from services.entities.note import Note, newest_notes
from services.entities.tag import Tag
from services.tools.history import changes_of
from services.tools.tool import tool

NOTES = 10
"""The maximum number of notes shown of a record."""
RECORDS = 5
"""The maximum number of records that one call shows."""


@tool(done="Looked up")
async def get(
    ctx: Context,
    records: Annotated[
        list[Entity],
        Field(min_length=1, max_length=RECORDS, description="ids or names of any records"),
    ],
    notes_before: Annotated[Note | None, Field(description="for older notes")] = None,
    with_history: bool = False,
) -> str:
    """Up to five records in full: fields, people, links, tags, and the newest ten notes of each."""
    once = {record.key: record for record in records}.values()
    return "\n\n".join([await _whole(ctx, each, notes_before, with_history) for each in once])


async def _whole(ctx: Context, record: Entity, notes_before: Note | None, history: bool) -> str:
    card = await record.card(ctx)
    tags = [ref.as_text() for ref in card.attached if ref.id.startswith(f"{Tag.prefix}-")]
    lines = [card.as_text()]
    lines += [f"Tags: {', '.join(tags)}"] if tags else []
    lines += await _notes(ctx, record, notes_before)
    lines += [await changes_of(ctx, record)] if history else []
    return "\n".join(lines)


async def _notes(ctx: Context, record: Entity, before: Note | None) -> list[str]:
    found = await newest_notes(ctx, record, NOTES + 1, before)
    notes = found[:NOTES]
    if not notes:
        return []
    lines = [f"{'Older notes' if before else 'Notes'}, newest first:"]
    lines += [_note(ctx, note) for note in notes]
    if len(found) > NOTES:
        lines.append(f"There are older notes: call again with notes_before={notes[-1].key}.")
    return lines


def _note(ctx: Context, note: Note) -> str:
    internal = ", internal" if note.internal else ""
    when = age(ctx.now - note.created_at)
    when += f", edited {age(ctx.now - note.edited_at)}" if note.edited_at else ""
    return f"- {note.key} by {note.author.ref.as_name()}, {when}{internal}: {quoted(note.text)}"
