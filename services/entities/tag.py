"""Tags: a key and a value on any record."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.context import Context
from services.entities.base import Entity, load_visible
from services.entities.card import Card, Field


class Tag(Entity):
    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("on_kind", "on_id", "key"),)
    prefix, noun, plural, icon = "TAG", "tag", "tags", "🏷️"

    on_kind: Mapped[str]
    on_id: Mapped[int]
    key_: Mapped[str] = mapped_column("key")
    value: Mapped[str] = mapped_column(server_default="")

    @property
    def title(self) -> str:
        return f"{self.key_}: {self.value}"

    @property
    def detail(self) -> str:
        return f"on {self.on_kind}-{self.on_id}"

    async def card(self, ctx: Context) -> Card:
        on = await load_visible(ctx, [f"{self.on_kind}-{self.on_id}"])
        fields = (
            Field("Key", self.key_),
            Field("Value", self.value),
            Field("On", on[0].ref if on else "a record that is gone"),
        )
        return Card(self.ref, "Tag", fields)
