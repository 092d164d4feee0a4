"""Add and remove the watchers of a ticket, who see it as if it were their own."""

from services.context import Context, Role
from services.entities.person import Person
from services.entities.ticket import Ticket, TicketWatcher
from services.errors import DeskError
from services.permissions import not_allowed
from services.tools.tool import tool


async def _discloses(ctx: Context, ticket: Ticket, person: Person) -> bool:
    """Return whether somebody else will see the ticket, or the ticket is not the own one."""
    return person.id != ctx.actor.person_id or not ticket.concerns(ctx.actor.person_id)


async def _takes_away(ctx: Context, ticket: Ticket, person: Person) -> bool:
    return person.id != ctx.actor.person_id


@tool(writes=True, consent=_discloses)
async def add_watcher(ctx: Context, ticket: Ticket, person: Person) -> Ticket:
    """Make a person a watcher of a ticket: they see it with its notes from then on."""
    _only_requester_or_technicians(ctx, ticket)
    if not person.active:
        raise DeskError(f"{person.key} is no longer active and can't watch tickets.")
    if await TicketWatcher.exists(ctx, ticket.id, person.id):
        raise DeskError(f"Nothing to change: {person.key} watches {ticket.key} already.")
    await TicketWatcher.join(ctx, ticket.id, person.id)
    return ticket


@tool(writes=True, consent=_takes_away)
async def remove_watcher(ctx: Context, ticket: Ticket, person: Person) -> str:
    """Take a watcher off a ticket; the person who asks can always leave one."""
    if person.id != ctx.actor.person_id:
        _only_requester_or_technicians(ctx, ticket)
    if not await TicketWatcher.part(ctx, ticket.id, person.id):
        raise DeskError(f"Nothing to change: {person.key} does not watch {ticket.key}.")
    return f"{person.key} no longer watches {ticket.key}."


def _only_requester_or_technicians(ctx: Context, ticket: Ticket) -> None:
    mine = ticket.requester_id == ctx.actor.person_id
    if not mine and ctx.actor.effective_role < Role.technician:
        only = "Watchers are added and removed by a ticket's requester and by technicians."
        raise not_allowed(ctx.actor, Role.technician, only)
