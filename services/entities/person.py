"""People: requesters, technicians and admins."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from services.context import Context, Role
from services.entities.base import Base, Entity
from services.entities.card import Card, Field
from services.entities.related import Relations, attached

RoleName = Literal["requester", "technician", "admin"]


_NOTES_AND_TAGS = Relations("USR")
_RELATIONS = Relations(
    "USR",
    machines=("MAC", "SELECT id FROM machines WHERE person_id = :id ORDER BY id DESC LIMIT 10"),
    tickets=(
        "TKT",
        "SELECT id FROM tickets WHERE requester_id = :id AND closed_at IS NULL"
        " ORDER BY id DESC LIMIT 10",
    ),
)


class Person(Entity):
    __tablename__ = "people"
    prefix, noun, plural, icon = "USR", "person", "people", "👤"

    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    slack_id: Mapped[str | None] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(server_default="requester")
    department: Mapped[str] = mapped_column(server_default="")
    tz: Mapped[str] = mapped_column(server_default="UTC")
    active: Mapped[bool] = mapped_column(server_default="true")
    left_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def title(self) -> str:
        return self.name

    @property
    def detail(self) -> str:
        return (
            self.department if self.active else f"{self.department}, no longer active".strip(", ")
        )

    @property
    def zone(self) -> ZoneInfo:
        """Where their clock goes; UTC where nobody knows the zone that Slack or an import named."""
        try:
            return ZoneInfo(self.tz)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    async def card(self, ctx: Context) -> Card:
        fields = [Field("Email", self.email), Field("Department", self.department or "not given")]
        if ctx.actor.effective_role >= Role.technician:
            fields.append(Field("Role", self.role.capitalize()))
        if not self.active:
            fields.append(Field("Active", "no"))
        theirs = self.id == ctx.actor.person_id or ctx.actor.effective_role >= Role.technician
        others = await (_RELATIONS if theirs else _NOTES_AND_TAGS).of(ctx, self)
        if theirs:
            fields.append(Field("Machines", others["machines"]))
            fields.append(Field("Open tickets", others["tickets"]))
        return Card(self.ref, "Person", tuple(fields), related=attached(others))


class TeamMember(Base):
    __tablename__ = "team_members"
    team_id: Mapped[int] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
