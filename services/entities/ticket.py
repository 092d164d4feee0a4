"""Tickets: what somebody needs, and who looks after it."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, bindparam, exists, func, select
from sqlalchemy.orm import Mapped

from services.context import Context, Role
from services.entities.base import Entity
from services.entities.card import quoted
from services.entities.column import (
    TEXT_LENGTH,
    body_column,
    column,
    external_id_column,
    staff_column,
    title_column,
)
from services.entities.link import Link, end_column
from services.entities.person import Person
from services.entities.related import Duration, Relation
from services.entities.team import Team

TicketStatus = Literal["Open", "Assigned", "Closed", "On Hold", "Awaiting"]
Priority = Literal["Low", "Normal", "High", "Urgent"]
PAUSED: tuple[TicketStatus, ...] = ("On Hold", "Awaiting")
"""The statuses of tickets that wait for somebody or something."""


class Ticket(Entity):
    __tablename__ = "tickets"
    prefix, noun, plural, icon = "TKT", "ticket", "tickets", "🎫"
    place = 1
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
        Relation(
            "TKT",
            "SELECT parent_id, 'Part of' FROM ticket_parents WHERE ticket_id = :id"
            " UNION ALL SELECT ticket_id, 'Parts' FROM ticket_parents WHERE parent_id = :id"
            " UNION ALL SELECT original_id, 'Duplicate of' FROM ticket_duplicates"
            "   WHERE ticket_id = :id"
            " UNION ALL SELECT ticket_id, 'Duplicates' FROM ticket_duplicates"
            "   WHERE original_id = :id"
            " UNION ALL SELECT related_id, 'Related tickets' FROM ticket_relations"
            "   WHERE ticket_id = :id"
            " UNION ALL SELECT ticket_id, 'Related tickets' FROM ticket_relations"
            "   WHERE related_id = :id LIMIT 50",
            labels=("Part of", "Parts", "Duplicate of", "Duplicates", "Related tickets"),
        ),
        Relation("TKT", "SELECT app.alike(:id)", "Similar tickets"),
    )
    durations = (
        Duration("First answer after", "SELECT app.first_answer(:id)"),
        Duration("Solved after", "SELECT closed_at - created_at FROM tickets WHERE id = :id"),
    )

    name: Mapped[str] = title_column("Name", editable=Role.requester)
    status: Mapped[str] = column(
        "Status",
        choices=TicketStatus,
        server_default="Open",
        editable=Role.requester,
        filter="status",
        row="{}",
        groups={"open": ("Open", "Assigned", "On Hold", "Awaiting")},
        tones={
            "Open": "blue",
            "Assigned": "violet",
            "Closed": "grey",
            **dict.fromkeys(PAUSED, "amber"),
        },
    )
    priority: Mapped[str] = staff_column(
        "Priority",
        choices=Priority,
        tones={"Low": "grey", "Normal": "blue", "High": "amber", "Urgent": "red"},
        server_default="Normal",
        filter="priority",
        row="{}",
    )
    requester_id: Mapped[int] = staff_column(
        "Requester", ForeignKey("people.id"), filter="requester", row="by {}"
    )
    assignee_id: Mapped[int | None] = staff_column(
        "Assignee", ForeignKey("people.id"), filter="assignee", row="with {}"
    )
    team_id: Mapped[int | None] = staff_column(
        "Team", ForeignKey("teams.id"), filter="team", row="{}"
    )
    private: Mapped[bool] = staff_column(
        "Private", server_default="false", filter="private", row="private"
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
        row="resolution {}",
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

    @property
    def waits(self) -> bool:
        return self.status in PAUSED

    async def remark(self, ctx: Context) -> str:
        """Return the open parts of a closed ticket, or tickets similar to a new one."""
        if self.status != "Closed":
            similar = await self.fetch_all(ctx, _SIMILAR_TO_NEW, number=self.id)
            lines = [f"- {each.key} {quoted(each.name)} ({each.outcome})" for each in similar]
            return "\n".join(["Similar tickets:", *lines]) if lines else ""
        parts = await self.fetch_all(ctx, _OPEN_PARTS, number=self.id)
        names = ", ".join(part.ref.as_name() for part in parts)
        return f"Parts of {self.key} that are still open: {names}." if names else ""

    @property
    def outcome(self) -> str:
        solved = f", solved: {quoted(self.resolution)}" if self.resolution else ""
        return f"{self.status}{solved}"


class TicketLink(Link):
    """A link from a ticket to another record."""

    __abstract__ = True

    ticket_id: Mapped[int] = end_column("tickets", sort_order=-1)


class TicketMachine(TicketLink):
    """The link from a ticket to a machine that it is about."""

    __tablename__ = "ticket_machines"
    added, removed = "Link {other} to {subject}", "Remove {other} from {subject}"
    filter = "machine"

    machine_id: Mapped[int] = end_column("machines")


class TicketWatcher(TicketLink):
    """The link from a ticket to a watcher, a person who sees it as if it were their own."""

    __tablename__ = "ticket_watchers"
    added = "Add {other} as a watcher of {subject}"
    removed = "Remove {other} as a watcher of {subject}"
    filter = "watcher"

    person_id: Mapped[int] = end_column("people")


class TicketParent(TicketLink):
    """The link from a ticket to the larger ticket of which it is a part."""

    __tablename__ = "ticket_parents"
    added, removed = "Place {subject} under {other}", "Remove {subject} from {other}"
    editable = Role.technician
    filter, reverse, single = "parent", "part", True

    parent_id: Mapped[int] = end_column("tickets")


class TicketDuplicate(TicketLink):
    """The link from a ticket to the original of which it is a duplicate."""

    __tablename__ = "ticket_duplicates"
    added = "Mark {subject} as a duplicate of {other}"
    removed = "Unmark {subject} as a duplicate of {other}"
    editable = Role.technician
    filter, reverse, single = "duplicate_of", "duplicate", True

    original_id: Mapped[int] = end_column("tickets")


class TicketRelation(TicketLink):
    """The link between two tickets that are related in some other way."""

    __tablename__ = "ticket_relations"
    added, removed = "Link {subject} to {other}", "Unlink {subject} from {other}"
    editable = Role.technician

    related_id: Mapped[int] = end_column("tickets")


_PARTS = select(TicketParent.ticket_id).where(TicketParent.parent_id == bindparam("number"))
_MADE = Ticket.__table__.alias("made")
_SIMILAR_TO_NEW = Ticket.query().where(
    Ticket.id.in_(select(func.app.alike(bindparam("number")))),
    exists().where(_MADE.c.id == bindparam("number"), _MADE.c.created_at == func.now()),
)
_OPEN_PARTS = Ticket.query().where(Ticket.id.in_(_PARTS), Ticket.status != "Closed")
