"""Notes on any record."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, ForeignKey, bindparam, func, select
from sqlalchemy.orm import Mapped

from services.context import Context, Role
from services.entities.attached import Attached
from services.entities.base import Entity
from services.entities.column import body_column, column
from services.entities.person import Person


class Note(Attached):
    __tablename__ = "notes"
    prefix, noun, plural, icon = "NOTE", "note", "notes", "📝"
    removable = Role.requester

    author_id: Mapped[int] = column("Author", ForeignKey("people.id"))
    text: Mapped[str] = body_column("Text", editable=Role.requester)
    internal: Mapped[bool] = column("Internal", server_default="false")
    created_at: Mapped[datetime] = column("Written", derived=True, server_default=func.now())
    edited_at: Mapped[datetime | None] = column("Edited", derived=True, editable=Role.requester)

    author: Person

    @property
    def title(self) -> str:
        first = self.text.strip().splitlines()[0]
        return first if len(first) <= 60 else f"{first[:59]}…"

    @property
    def detail(self) -> str:
        return f"{self.author.name}, {'internal, ' if self.internal else ''}on {self.on_key}"

    def concerns(self, person_id: int) -> bool:
        """Return whether the person has written it."""
        return person_id == self.author_id


_ON = Note.on_kind == bindparam("prefix"), Note.on_id == bindparam("number")
_OLDEST_FIRST = Note.query().where(*_ON).order_by(Note.created_at, Note.id)
_NEWEST_FIRST = (
    Note.query()
    .where(*_ON, Note.id < bindparam("before"))
    .order_by(Note.id.desc())
    .limit(bindparam("most"))
)
_NEWEST_OWN = (
    Note.query()
    .where(*_ON, Note.author_id == bindparam("author"))
    .order_by(Note.id.desc())
    .limit(1)
)
_NUMBERS = func.unnest(bindparam("numbers", type_=ARRAY(BigInteger)))
_EACH = _NUMBERS.table_valued("number", name="each").render_derived()
_ON_EACH = Note.__table__.alias("on_each")
_NEWEST = (
    select(_ON_EACH.c.id)
    .where(_ON_EACH.c.on_kind == bindparam("prefix"), _ON_EACH.c.on_id == _EACH.c.number)
    .order_by(_ON_EACH.c.id.desc())
    .limit(1)
    .correlate(_EACH)
    .scalar_subquery()
)
# An array, so that the index is used for each record: other queries would read all notes.
_NEWEST_OF_EACH = Note.query().where(
    Note.id == func.any(func.array(select(_NEWEST).select_from(_EACH).scalar_subquery()))
)
_LATER_THAN_ALL = 2**63 - 1


async def notes_on(ctx: Context, entity: Entity) -> list[Note]:
    """Return the notes on a record that the actor may read, oldest first."""
    return await Note.fetch_all(ctx, _OLDEST_FIRST, prefix=entity.prefix, number=entity.id)


async def newest_notes(
    ctx: Context, entity: Entity, most: int, before: Note | None = None
) -> list[Note]:
    """Return at most `most` notes on a record, older than `before` if given, newest first."""
    given = {"prefix": entity.prefix, "number": entity.id, "most": most}
    given["before"] = before.id if before else _LATER_THAN_ALL
    return await Note.fetch_all(ctx, _NEWEST_FIRST, **given)


async def newest_own_note(ctx: Context, entity: Entity) -> Note | None:
    """Return the newest note on a record that the actor has written."""
    given = {"prefix": entity.prefix, "number": entity.id, "author": ctx.actor.person_id}
    return await Note.fetch_one(ctx, _NEWEST_OWN, **given)


async def newest_of_each(ctx: Context, entities: Sequence[Entity]) -> dict[int, Note]:
    """Return the newest note that the actor may read on each record of a type, by its number."""
    if not entities:
        return {}
    given = {"prefix": entities[0].prefix, "numbers": [each.id for each in entities]}
    return {note.on_id: note for note in await Note.fetch_all(ctx, _NEWEST_OF_EACH, **given)}
