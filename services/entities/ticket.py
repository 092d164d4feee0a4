"""Tickets: what somebody needs, and who looks after it."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Computed, ForeignKey, func
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from services.context import Context
from services.entities.base import Base, Entity
from services.entities.card import Card, Field, Value
from services.entities.person import Person
from services.entities.related import Relations, attached
from services.entities.team import Team

TicketStatus = Literal["Open", "Assigned", "Closed", "On Hold", "Awaiting"]
Priority = Literal["Low", "Normal", "High", "Urgent"]


_RELATIONS = Relations(
    "TKT",
    machines=(
        "MAC",
        "SELECT machine_id FROM ticket_machines WHERE ticket_id = :id ORDER BY machine_id",
    ),
    watchers=(
        "USR",
        "SELECT person_id FROM ticket_watchers JOIN people ON people.id = person_id"
        " WHERE ticket_id = :id ORDER BY people.name LIMIT 20",
    ),
)


class Ticket(Entity):
    __tablename__ = "tickets"
    prefix, noun, plural, icon = "TKT", "ticket", "tickets", "🎫"

    requester_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    status: Mapped[str] = mapped_column(server_default="Open")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    priority: Mapped[str] = mapped_column(server_default="Normal")
    private: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    closed_at: Mapped[datetime | None]
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('public.desk', name), 'A')"
            " || setweight(to_tsvector('public.desk', description), 'B')",
            persisted=True,
        ),
    )

    requester: Person
    assignee: Person | None
    team: Team | None

    @property
    def title(self) -> str:
        return self.name

    @property
    def detail(self) -> str:
        owner = f"with {self.assignee.name}" if self.assignee else "unassigned"
        return f"{self.status}, {self.priority}, {self.requester.name}, {owner}"

    def concerns(self, person_id: int) -> bool:
        """Whether the person asked for it or looks after it."""
        return person_id in (self.requester_id, self.assignee_id)

    async def card(self, ctx: Context) -> Card:
        others = await _RELATIONS.of(ctx, self)
        closed: tuple[tuple[str, Value], ...] = (
            (("Closed", self.closed_at),) if self.closed_at else ()
        )
        values: tuple[tuple[str, Value], ...] = (
            ("Status", self.status),
            ("Priority", self.priority),
            ("Requester", self.requester.ref),
            ("Assignee", self.assignee.ref if self.assignee else "nobody yet"),
            ("Team", self.team.ref if self.team else "none"),
            ("Watchers", others["watchers"]),
            ("Machines", others["machines"]),
            ("Created", self.created_at),
            ("Updated", self.updated_at),
            *closed,
        )
        fields = tuple(Field(label, value) for label, value in values)
        return Card(self.ref, "Ticket", fields, self.description, attached(others))


class TicketWatcher(Base):
    __tablename__ = "ticket_watchers"
    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
