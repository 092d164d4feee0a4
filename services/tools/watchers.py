"""Who watches a ticket: they see it as if it were their own, and can leave again."""

from services.context import Context, Role
from services.entities.person import Person
from services.entities.ticket import Ticket, TicketWatcher
from services.errors import DeskError, NotAllowed
from services.tools.tool import tool


async def _discloses(ctx: Context, ticket: Ticket, person: Person) -> bool:
    """Whether somebody else is to see the ticket, or a ticket of somebody else is touched."""
    return person.id != ctx.actor.person_id or not ticket.concerns(ctx.actor.person_id)


async def _takes_away(ctx: Context, ticket: Ticket, person: Person) -> bool:
    return person.id != ctx.actor.person_id


@tool(writes=True, consent=_discloses)
async def add_watcher(ctx: Context, ticket: Ticket, person: Person) -> Ticket:
    """Make a person a watcher of a ticket: they see it with its notes from then on."""
    _only_requester_or_technicians(ctx, ticket)
    if not person.active:
        raise DeskError(f"{person.key} is no longer active and can't watch tickets.")
    if await _watches(ctx, ticket, person):
        raise DeskError(f"Nothing to change: {person.key} watches {ticket.key} already.")
    ctx.session.add(TicketWatcher(ticket_id=ticket.id, person_id=person.id))
    await ctx.session.flush()
    return ticket


@tool(writes=True, consent=_takes_away)
async def remove_watcher(ctx: Context, ticket: Ticket, person: Person) -> str:
    """Take a watcher off a ticket; the person who asks can always leave one."""
    if person.id != ctx.actor.person_id:
        _only_requester_or_technicians(ctx, ticket)
    watcher = await _watches(ctx, ticket, person)
    if not watcher:
        raise DeskError(f"Nothing to change: {person.key} does not watch {ticket.key}.")
    await ctx.session.delete(watcher)
    await ctx.session.flush()
    return f"{person.key} no longer watches {ticket.key}."


async def _watches(ctx: Context, ticket: Ticket, person: Person) -> TicketWatcher | None:
    return await ctx.session.get(TicketWatcher, (ticket.id, person.id))


def _only_requester_or_technicians(ctx: Context, ticket: Ticket) -> None:
    mine = ticket.requester_id == ctx.actor.person_id
    if not mine and ctx.actor.effective_role < Role.technician:
        raise NotAllowed(
            "Watchers are added and removed by a ticket's requester and by technicians, the latter"
            " only where others don't read along."
        )
