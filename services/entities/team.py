"""Teams, and who is in them."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from services.context import Context
from services.entities.base import Entity, attached, related, relations
from services.entities.card import Card, Field

_RELATIONS = relations(
    "TEAM",
    members="SELECT 'USR-' || person_id FROM team_members JOIN people ON people.id = person_id"
    " WHERE team_id = :id ORDER BY people.name LIMIT 20",
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
        others = await related(ctx, _RELATIONS, self.id)
        fields = (Field("Members", others["members"]),)
        return Card(self.ref, "Team", fields, self.description, attached(others))
