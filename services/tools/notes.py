"""Reading and adding notes."""

from typing import Annotated

from pydantic import Field, StringConstraints

from services.context import Context, Role
from services.entities.base import Entity
from services.entities.card import quoted
from services.entities.note import Note, notes_on
from services.errors import DeskError, NotAllowed
from services.tools.tool import tool

NoteText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
AnyRecord = Annotated[Entity, Field(description="such as TKT-12, MAC-3 or USR-5")]


@tool(writes=True)
async def add_note(
    ctx: Context,
    on: AnyRecord,
    text: NoteText,
    internal: Annotated[bool, Field(description="only technicians may read it")] = False,
) -> Note:
    """Add a note to a ticket, machine, person or team, in the words of the person who asks."""
    if on.prefix not in ("TKT", "MAC", "USR", "TEAM"):
        raise DeskError("Notes go on tickets, machines, people and teams.")
    if ctx.actor.effective_role < Role.technician and (internal or not _own(ctx, on)):
        raise NotAllowed("Only technicians add internal notes, or notes on others' records.")
    return await Note.create(
        ctx,
        on_kind=on.prefix,
        on_id=on.id,
        text=text,
        internal=internal,
        author_id=ctx.actor.person_id,
    )


def _own(ctx: Context, on: Entity) -> bool:
    """A requester sees no tickets and machines but their own; people and teams everyone sees."""
    return on.prefix in ("TKT", "MAC") or on.key == f"USR-{ctx.actor.person_id}"


@tool()
async def read_notes(ctx: Context, on: AnyRecord) -> str:
    """The notes on any record in full, oldest first."""
    notes = await notes_on(ctx, on)
    if not notes:
        return f"There are no notes on {on.key} that you can read."
    lines = [f"{len(notes)} notes on {on.key}:"]
    for note in notes:
        who = f"{note.author.ref.title}, {note.created_at:%Y-%m-%d %H:%M} UTC"
        lines.append(f"- {note.key} by {who}{', internal' if note.internal else ''}: ")
        lines[-1] += quoted(note.text)
    return "\n".join(lines)


@tool()
async def get_record(ctx: Context, record: AnyRecord) -> Entity:
    """The card of any record: ticket, machine, person, team, note or tag."""
    return record
