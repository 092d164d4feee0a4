"""Find, create and change tickets."""

from typing import Annotated

from pydantic import Field

from services.context import Context, Role
from services.entities.machine import Machine
from services.entities.person import Person
from services.entities.ticket import Priority, Ticket, TicketMachine, TicketStatus
from services.errors import DeskError
from services.permissions import not_allowed
from services.tools.argument_types import Text, Title
from services.tools.parameters import Label
from services.tools.surfaces import CardButton, Slash
from services.tools.tool import tool


@tool()
async def get_ticket(ctx: Context, ticket: Ticket) -> Ticket:
    """One ticket with its people, machines, newest notes and tags."""
    return ticket


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
async def create_ticket(
    ctx: Context,
    name: Annotated[
        Title,
        Field(description="a short title"),
        Label("What is it about?", "Please say in a few words what it is about."),
    ],
    description: Annotated[Text, Label("Details")] = "",
    priority: Priority = "Normal",
    assignee: Annotated[
        Person | None,
        Field(description="technicians only"),
        Label("Assignee", needs=Role.technician),
    ] = None,
    machines: Annotated[list[Machine], Field(description="machines it is about")] = [],  # noqa: B006
) -> Ticket:
    """Create a ticket requested by the person who asks. Do it once per request."""
    if assignee:
        _only_technicians(ctx, "assign tickets")
    ticket = await Ticket.create(
        ctx,
        name=name,
        description=description,
        priority=priority,
        requester_id=ctx.actor.person_id,
        assignee_id=assignee.id if assignee else None,
        status="Assigned" if assignee else "Open",
    )
    if machines:
        await TicketMachine.join(ctx, ticket.id, *(machine.id for machine in machines))
    return ticket


async def _not_only_own(
    ctx: Context,
    ticket: Ticket,
    assignee: Person | None = None,
    unassign: bool = False,
    **_: object,
) -> bool:
    """Return whether a change touches somebody else: their ticket, or who looks after it."""
    return not ticket.concerns(ctx.actor.person_id) or unassign or assignee is not None


async def _may_take(ctx: Context, ticket: Ticket) -> bool:
    technician = ctx.actor.effective_role >= Role.technician
    return technician and ticket.assignee_id is None and ticket.status != "Closed"


async def _may_close(ctx: Context, ticket: Ticket) -> bool:
    return ticket.status != "Closed" and _may_change(ctx, ticket)


async def _may_reopen(ctx: Context, ticket: Ticket) -> bool:
    return ticket.status == "Closed" and _may_change(ctx, ticket)


def _may_change(ctx: Context, ticket: Ticket) -> bool:
    mine = ticket.requester_id == ctx.actor.person_id
    return mine or ctx.actor.effective_role >= Role.technician


@tool(
    writes=True,
    consent=_not_only_own,
    buttons=(
        CardButton("Take", (Ticket,), "ticket", _may_take, {"assignee": "me"}),
        CardButton("Close", (Ticket,), "ticket", _may_close, {"status": "Closed"}),
        CardButton("Reopen", (Ticket,), "ticket", _may_reopen, {"status": "Open"}),
    ),
)
async def update_ticket(
    ctx: Context,
    ticket: Ticket,
    status: TicketStatus | None = None,
    assignee: Annotated[Person | None, Field(description="technicians only")] = None,
    unassign: Annotated[bool, Field(description="take the assignee off")] = False,
    name: Title | None = None,
    description: Text | None = None,
    priority: Annotated[Priority | None, Field(description="technicians only")] = None,
) -> Ticket:
    """Change a ticket's status, assignee, name, description or priority. Closing is a status."""
    if ticket.requester_id != ctx.actor.person_id:
        _only_technicians(ctx, "change the tickets of others")
    wanted: dict[str, object] = {}
    if unassign:
        wanted["assignee_id"] = None
        wanted["status"] = "Open" if ticket.status == "Assigned" else ticket.status
    if assignee:
        wanted["assignee_id"] = assignee.id
        wanted["status"] = "Assigned" if ticket.status == "Open" else ticket.status
    given = {"status": status, "name": name, "description": description, "priority": priority}
    wanted |= {column: value for column, value in given.items() if value is not None}
    facts = Ticket.facts()
    if not all(facts[column].editable_by(ctx.actor.effective_role) for column in wanted):
        _only_technicians(ctx, "assign tickets or set their priority")
    new = {column: value for column, value in wanted.items() if value != getattr(ticket, column)}
    if not new:
        raise DeskError(f"Nothing to change: {ticket.key} is already as asked.")
    return await ticket.change(ctx, **new)


def _only_technicians(ctx: Context, what: str) -> None:
    if ctx.actor.effective_role < Role.technician:
        raise not_allowed(ctx.actor, Role.technician, f"Only technicians may {what}.")
