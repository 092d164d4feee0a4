"""Teams, and who is in them."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, mapped_column

from services.context import Context
from services.entities.base import Entity, attached
from services.entities.card import Card, Field
from services.entities.person import Person, TeamMember


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
        members = await ctx.session.scalars(
            select(Person)
            .join(TeamMember, TeamMember.person_id == Person.id)
            .where(TeamMember.team_id == self.id)
            .order_by(Person.name)
            .limit(20)
        )
        fields = (Field("Members", tuple(person.ref for person in members)),)
        return Card(self.ref, "Team", fields, self.description, await attached(ctx, self))
