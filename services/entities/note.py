"""Notes on any record."""

from datetime import datetime
from typing import Any

from sqlalchemy import Computed, ForeignKey, bindparam, func
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from services.context import Context
from services.entities.base import Entity, load_visible
from services.entities.card import Card, Field
from services.entities.person import Person


class Note(Entity):
    __tablename__ = "notes"
    prefix, noun, plural, icon = "NOTE", "note", "notes", "📝"

    on_kind: Mapped[str]
    on_id: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    internal: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('public.desk', text)", persisted=True)
    )

    author: Person

    @property
    def title(self) -> str:
        first = self.text.strip().splitlines()[0]
        return first if len(first) <= 60 else f"{first[:59]}…"

    @property
    def detail(self) -> str:
        return f"{self.author.name}, {'internal, ' if self.internal else ''}on {self.on_key}"

    @property
    def on_key(self) -> str:
        return f"{self.on_kind}-{self.on_id}"

    async def card(self, ctx: Context) -> Card:
        on = await load_visible(ctx, [self.on_key])
        fields = (
            Field("Author", self.author.ref),
            Field("On", on[0].ref if on else "a record that is gone"),
            Field("Written", self.created_at),
            *((Field("Internal", "only technicians read it"),) if self.internal else ()),
        )
        return Card(self.ref, "Note", fields, self.text)


_ON = (
    Note.query()
    .where(Note.on_kind == bindparam("prefix"), Note.on_id == bindparam("number"))
    .order_by(Note.created_at, Note.id)
)


async def notes_on(ctx: Context, entity: Entity) -> list[Note]:
    """The notes on a record that the actor may read, oldest first."""
    return await Note.fetch_all(ctx, _ON, prefix=entity.prefix, number=entity.id)
