"""Add and edit notes."""

from typing import Annotated, Any

from pydantic import Field

from services.context import Context, Role
from services.entities.attached import Attached
from services.entities.base import Entity, load
from services.entities.note import Note, newest_own_note
from services.entities.registry import ENTITY_TYPES
from services.errors import DeskError, NotAllowed
from services.tools.argument_types import RequiredText
from services.tools.changing import nothing_to_change
from services.tools.parameters import Label
from services.tools.surfaces import CardButton
from services.tools.tool import tool

NOTED = tuple(kind for kind in ENTITY_TYPES.values() if not issubclass(kind, Attached))


async def _may_note(ctx: Context, on: Entity) -> bool:
    """Return whether the actor may add a note; requesters may not on public records of others."""
    own = not on.public or on.concerns(ctx.actor.person_id)
    return own or ctx.actor.effective_role >= Role.technician


@tool(writes=True, title="Add note", buttons=(CardButton("Add note", NOTED, "on", _may_note),))
async def add_note(
    ctx: Context,
    on: Annotated[Entity, Field(description="id or name of any record")],
    text: Annotated[RequiredText, Label("Note", "Please write the note first.")],
    internal: Annotated[
        bool,
        Field(description="only technicians may read it"),
        Label("Only technicians may read it", needs=Role.technician),
    ] = False,
) -> Note:
    """Add a note to a ticket, machine, person or team, in the words of the person who asks."""
    if not await _may_note(ctx, on) or (internal and ctx.actor.effective_role < Role.technician):
        raise NotAllowed(
            "Only technicians can add internal notes, or notes to other people's records."
        )
    return await write_note(ctx, on, text, internal)


async def _others_read(ctx: Context, note: Entity, **_: Any) -> bool:
    """Return whether the note is on a record that is not the person's own."""
    on = await load(ctx, note.on_key) if isinstance(note, Note) else note
    return not on.concerns(ctx.actor.person_id)


@tool(writes=True, consent=_others_read)
async def edit_note(
    ctx: Context,
    note: Annotated[
        Entity, Field(description="id, or the record that has it: means your newest note there")
    ],
    text: RequiredText,
) -> Note:
    """Replace the text of a note, which only its author can; the history keeps the old one."""
    note = note if isinstance(note, Note) else await _own_newest(ctx, note)
    if note.author_id != ctx.actor.person_id:
        raise NotAllowed(f"Only {note.author.name} can edit {note.key}. Add a note of your own.")
    if note.text == text:
        raise nothing_to_change([note])
    return await note.change(ctx, text=text)


async def _own_newest(ctx: Context, on: Entity) -> Note:
    if note := await newest_own_note(ctx, on):
        return note
    raise DeskError(f"You have written no note on {on.key}. Add one instead.", field="note")


async def write_note(ctx: Context, on: Entity, text: str, internal: bool) -> Note:
    """Add a note by the person who acts."""
    if not isinstance(on, NOTED):
        plurals = ", ".join(kind.plural for kind in NOTED)
        raise DeskError(f"You can't add notes to {on.plural}, only to {plurals}.")
    values = {"on_kind": on.prefix, "on_id": on.id, "text": text, "internal": internal}
    return await Note.create(ctx, author_id=ctx.actor.person_id, **values)
