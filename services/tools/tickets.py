"""Create and change tickets."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any

from psycopg.errors import InsufficientPrivilege
from pydantic import Field

from services.context import Context, Role
from services.entities.base import Entity
from services.entities.machine import Machine
from services.entities.person import Person
from services.entities.team import Team
from services.entities.ticket import Priority, Ticket, TicketMachine
from services.errors import NotAllowed
from services.tools.argument_types import (
    MOST_AT_ONCE,
    InternalNote,
    NoteBeside,
    Tags,
    Text,
    Title,
)
from services.tools.changing import (
    differing,
    nothing_to_change,
    only_active,
    only_technicians,
    update_links,
)
from services.tools.columns import values_of, with_columns
from services.tools.notes import write_note
from services.tools.parameters import Label
from services.tools.surfaces import CardButton, Slash
from services.tools.tags import write_tags
from services.tools.tool import tool

STAFF = Field(description="technicians only")
Summary = Annotated[
    Title,
    Field(description="a short title"),
    Label("What is it about?", "Please say in a few words what it is about."),
]
Requester = Annotated[
    Person,
    Field(description="id or name of the person it is for, if not the one who asks"),
    Label("For whom, if not for you", needs=Role.technician),
]
Private = Annotated[
    bool,
    Field(description="hidden from all but the people and the team that it names"),
    Label("Private", needs=Role.technician),
]


@tool(
    writes=True,
    title="New ticket",
    slash=Slash(
        "/ticket",
        "new",
        "open a ticket",
        "what doesn't work",
        takes=("name",),
        form=True,
        whole="description",
    ),
)
@with_columns(Ticket, new=True, without=("status", "resolution"))
async def create_ticket(
    ctx: Context,
    name: Summary,
    description: Annotated[Text, Label("Details")] = "",
    priority: Priority = "Normal",
    requester: Requester | None = None,
    assignee: Annotated[Person | None, STAFF, Label("Assignee", needs=Role.technician)] = None,
    team: Annotated[Team | None, STAFF, Label("Team", needs=Role.technician)] = None,
    machines: Annotated[list[Machine], Field(description="machines it is about")] = [],  # noqa: B006
    tags: Annotated[Tags, Label("Tags", needs=Role.technician)] = [],  # noqa: B006
    private: Private = False,
    **columns: Any,
) -> Ticket:
    """Create a ticket, one for each problem; the result names similar ones.

    For somebody else, with assignee, team or tags, or private: technicians only.
    """
    me = ctx.actor.person_id
    more = values_of(Ticket, columns)
    routed = (requester and requester.id != me) or assignee or team or tags or private
    if routed or not _may_write(ctx, more):
        only_technicians(ctx, "open tickets for others, assign or tag them")
    only_active(requester, assignee)
    ticket = await _create(
        ctx,
        name=name,
        description=description,
        priority=priority,
        requester_id=requester.id if requester else me,
        assignee_id=assignee.id if assignee else None,
        team_id=team.id if team else None,
        status="Assigned" if assignee else "Open",
        **({"private": True} if private else {}),
        **more,
    )
    if machines:
        await TicketMachine.join(ctx, ticket.id, *(machine.id for machine in machines))
    await write_tags(ctx, ticket, tags)
    return ticket


async def _create(ctx: Context, **values: Any) -> Ticket:
    try:
        return await Ticket.create(ctx, **values)
    except InsufficientPrivilege:
        if not values.get("private"):
            raise
        raise NotAllowed(
            "You would not see that private ticket yourself, so it was not created. Assign it to"
            " yourself or to a team of yours."
        ) from None


def _may_write(ctx: Context, columns: Collection[str]) -> bool:
    facts = Ticket.facts()
    return all(facts[column].editable_by(ctx.actor.effective_role) for column in columns)


async def _not_only_own(ctx: Context, tickets: list[Ticket], **given: Any) -> bool:
    """Return whether a change concerns others: owners, a new assignee, or new readers."""
    passed_on = any(given.get(name) is not None for name in ("assignee", "requester"))
    opened = given.get("private") is False or isinstance(given.get("team"), Team)
    return passed_on or not all(
        each.concerns(ctx.actor.person_id) and not (each.private and opened) for each in tickets
    )


async def _may_assign(ctx: Context, ticket: Ticket) -> bool:
    return ctx.actor.effective_role >= Role.technician and ticket.status != "Closed"


async def _may_take(ctx: Context, ticket: Ticket) -> bool:
    return ticket.assignee_id is None and await _may_assign(ctx, ticket)


async def _may_close(ctx: Context, ticket: Ticket) -> bool:
    return ticket.status != "Closed" and _may_change(ctx, ticket)


async def _may_reopen(ctx: Context, ticket: Ticket) -> bool:
    return ticket.status == "Closed" and _may_change(ctx, ticket)


async def _may_edit(ctx: Context, ticket: Ticket) -> bool:
    return _may_change(ctx, ticket)


def _may_change(ctx: Context, ticket: Ticket) -> bool:
    mine = ticket.requester_id == ctx.actor.person_id
    return mine or ctx.actor.effective_role >= Role.technician


@tool(
    writes=True,
    consent=_not_only_own,
    title="Change tickets",
    buttons=(
        CardButton("Take", (Ticket,), "tickets", _may_take, {"assignee": "me"}),
        CardButton("Assign", (Ticket,), "tickets", _may_assign, asks=("assignee",)),
        CardButton("Close", (Ticket,), "tickets", _may_close, {"status": "Closed"}),
        CardButton("Reopen", (Ticket,), "tickets", _may_reopen, {"status": "Open"}),
        CardButton("Edit", (Ticket,), "tickets", _may_edit, edits=True),
    ),
)
@with_columns(Ticket)
async def update_tickets(
    ctx: Context,
    tickets: Annotated[list[Ticket], Field(min_length=1, max_length=MOST_AT_ONCE)],
    add_machines: list[Machine] = [],  # noqa: B006
    remove_machines: list[Machine] = [],  # noqa: B006
    note: NoteBeside = "",
    internal_note: InternalNote = False,
    **columns: Any,
) -> tuple[Entity, ...]:
    """Change one or several tickets in the same way, all or none; to close them, set the status.

    Setting an assignee moves Open to Assigned. Requesters change only status, name, description,
    resolution and machines of their own tickets.
    """
    wanted = values_of(Ticket, columns)
    _check(ctx, tickets, wanted, internal_note)
    only_active(columns.get("requester"), columns.get("assignee"))
    changed = []
    for ticket in tickets:
        values = _new_values(ticket, wanted)
        machines = await update_links(ctx, TicketMachine, ticket, add_machines, remove_machines)
        if values or machines or note:
            changed.append(await _change(ctx, ticket, values))
        if note:
            await write_note(ctx, ticket, note, internal_note)
    if not changed:
        raise nothing_to_change(tickets)
    return tuple(changed)


async def _change(ctx: Context, ticket: Ticket, columns: dict[str, Any]) -> Ticket:
    try:
        return await ticket.change(ctx, **columns) if columns else ticket
    except InsufficientPrivilege:
        raise NotAllowed(
            f"That would hide {ticket.key} from you, so nothing was changed. Watch it first, or ask"
            " somebody of its team."
        ) from None


def _check(
    ctx: Context, tickets: Sequence[Ticket], wanted: Mapping[str, Any], internal_note: bool
) -> None:
    """Refuse changes that the actor's role does not allow, or not on these tickets."""
    if any(ticket.requester_id != ctx.actor.person_id for ticket in tickets):
        only_technicians(ctx, "change the tickets of others")
    if not _may_write(ctx, wanted):
        only_technicians(ctx, "route tickets, set their priority or hand them to somebody")
    if internal_note:
        only_technicians(ctx, "add internal notes")


def _new_values(ticket: Ticket, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ticket's new values, with the status that follows from its assignee."""
    values = dict(wanted)
    if "assignee_id" in values and "status" not in values:
        before, after = ("Open", "Assigned") if values["assignee_id"] else ("Assigned", "Open")
        values |= {"status": after} if ticket.status == before else {}
    reopened = ticket.status == "Closed" and values.get("status", "Closed") != "Closed"
    values = {"resolution": "", **values} if reopened else values
    return differing(ticket, values)
