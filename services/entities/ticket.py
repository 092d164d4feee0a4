"""Tickets: what somebody needs, and who looks after it."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from services.context import Role
from services.entities.base import Entity
from services.entities.column import (
    TEXT_LENGTH,
    body_column,
    column,
    external_id_column,
    title_column,
)
from services.entities.link import Link
from services.entities.person import Person
from services.entities.related import Relation
from services.entities.team import Team

TicketStatus = Literal["Open", "Assigned", "Closed", "On Hold", "Awaiting"]
Priority = Literal["Low", "Normal", "High", "Urgent"]


class Ticket(Entity):
    __tablename__ = "tickets"
    prefix, noun, plural, icon = "TKT", "ticket", "tickets", "🎫"
    removable, named_by = Role.requester, ("name",)
    sort, preset = "-changed", {"status": ["open"]}
    limited = (
        "I can only show you tickets that you requested or watch; ask a technician for others."
    )
    complete = "requester", "watcher"
    relations = (
        Relation(
            "USR",
            "SELECT person_id FROM ticket_watchers JOIN people ON people.id = person_id"
            " WHERE ticket_id = :id ORDER BY people.name LIMIT 20",
            "Watchers",
        ),
        Relation(
            "MAC",
            "SELECT machine_id FROM ticket_machines WHERE ticket_id = :id ORDER BY machine_id",
            "Machines",
        ),
    )

    name: Mapped[str] = title_column("Name", editable=Role.requester)
    status: Mapped[str] = column(
        "Status",
        choices=TicketStatus,
        tones={
            "Open": "blue",
            "Assigned": "violet",
            "Closed": "grey",
            "On Hold": "amber",
            "Awaiting": "amber",
        },
        editable=Role.requester,
        server_default="Open",
        filter="status",
        row="{}",
        groups={"open": ("Open", "Assigned", "On Hold", "Awaiting")},
    )
    priority: Mapped[str] = column(
        "Priority",
        choices=Priority,
        tones={"Low": "grey", "Normal": "blue", "High": "amber", "Urgent": "red"},
        editable=Role.technician,
        server_default="Normal",
        filter="priority",
        row="{}",
    )
    requester_id: Mapped[int] = column(
        "Requester",
        ForeignKey("people.id"),
        editable=Role.technician,
        filter="requester",
        row="by {}",
    )
    assignee_id: Mapped[int | None] = column(
        "Assignee",
        ForeignKey("people.id"),
        editable=Role.technician,
        filter="assignee",
        row="with {}",
    )
    team_id: Mapped[int | None] = column(
        "Team", ForeignKey("teams.id"), editable=Role.technician, filter="team", row="{}"
    )
    private: Mapped[bool] = column(
        "Private", editable=Role.technician, server_default="false", filter="private", row="private"
    )
    description: Mapped[str] = body_column(
        "Description", editable=Role.requester, server_default=""
    )
    resolution: Mapped[str] = column(
        "Resolution",
        max_length=TEXT_LENGTH,
        editable=Role.requester,
        server_default="",
        hint="how it was solved, when closing",
    )
    external_id: Mapped[str] = external_id_column()
    created_at: Mapped[datetime] = column(
        "Created", derived=True, server_default=func.now(), filter="created", row="created {}"
    )
    updated_at: Mapped[datetime] = column(
        "Updated", derived=True, server_default=func.now(), filter="changed", row="changed {}"
    )
    closed_at: Mapped[datetime | None] = column(
        "Closed", derived=True, filter="closed", row="closed {}"
    )

    requester: Person
    assignee: Person | None
    team: Team | None

    @property
    def detail(self) -> str:
        owner = f"with {self.assignee.name}" if self.assignee else "unassigned"
        return f"{self.status}, {self.priority}, {self.requester.name}, {owner}"

    def concerns(self, person_id: int) -> bool:
        """Return whether the person asked for it or looks after it."""
        return person_id in (self.requester_id, self.assignee_id)


class TicketMachine(Link):
    """A machine that a ticket is about."""

    __tablename__ = "ticket_machines"
    joins, parts = "Link {other} to {subject}", "Remove {other} from {subject}"
    filter = "machine"

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )
    machine_id: Mapped[int] = mapped_column(
        ForeignKey("machines.id", ondelete="CASCADE"), primary_key=True
    )


class TicketWatcher(Link):
    """A person who sees a ticket as if it were their own."""

    __tablename__ = "ticket_watchers"
    joins = "Add {other} as a watcher of {subject}"
    parts = "Remove {other} as a watcher of {subject}"
    filter = "watcher"

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
