"""Records that are attached to another record of any type: notes and tags."""

from typing import ClassVar

from sqlalchemy.orm import Mapped

from services.context import Context
from services.entities.base import Entity, load_visible
from services.entities.column import column
from services.entities.related import Related


class Attached(Entity):
    """A record attached to another one; it is visible to those who see that record."""

    __abstract__ = True
    added: ClassVar[str] = "Add {record} to {subject}"

    # Derived: receipts name the record as the subject of the change.
    on_kind: Mapped[str] = column("On record type", derived=True, shown_to=None)
    on_id: Mapped[int] = column("On record", derived=True, shown_to=None)

    @property
    def on_key(self) -> str:
        return f"{self.on_kind}-{self.on_id}"

    async def related(self, ctx: Context) -> list[Related]:
        found = await load_visible(ctx, [self.on_key])
        return [Related("On", tuple(record.ref for record in found))]
