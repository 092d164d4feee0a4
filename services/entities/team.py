"""Teams, and who is in them."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from services.context import Context
from services.entities.base import Entity
from services.entities.card import Card, Field
from services.entities.related import Relations, attached

_RELATIONS = Relations(
    "TEAM",
    members=(
        "USR",
        "SELECT person_id FROM team_members JOIN people ON people.id = person_id"
        " WHERE team_id = :id ORDER BY people.name LIMIT 20",
    ),
)


class Team(Entity):
    __tablename__ = "teams"
    prefix, noun, plural, icon = "TEAM", "team", "teams", "👥"

    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def title(self) -> str:
        return self.name

    async def card(self, ctx: Context) -> Card:
        others = await _RELATIONS.of(ctx, self)
        fields = (Field("Members", others["members"]),)
        return Card(self.ref, "Team", fields, self.description, attached(others))
