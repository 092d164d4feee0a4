"""Who watches a ticket: they see it as if it were their own, and can leave again."""

from sqlalchemy import text

from services.context import Context, Role
from services.entities.person import Person
from services.entities.ticket import Ticket
from services.errors import DeskError, NotAllowed
from services.tools.tool import tool

_WATCHES = text(
    "SELECT ticket_id FROM ticket_watchers WHERE ticket_id = :ticket AND person_id = :person"
)
_ADD = text("INSERT INTO ticket_watchers (ticket_id, person_id) VALUES (:ticket, :person)")
_REMOVE = text("DELETE FROM ticket_watchers WHERE ticket_id = :ticket AND person_id = :person")


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
    await ctx.execute(_ADD, ticket=ticket.id, person=person.id)
    return ticket


@tool(writes=True, consent=_takes_away)
async def remove_watcher(ctx: Context, ticket: Ticket, person: Person) -> str:
    """Take a watcher off a ticket; the person who asks can always leave one."""
    if person.id != ctx.actor.person_id:
        _only_requester_or_technicians(ctx, ticket)
    if not await _watches(ctx, ticket, person):
        raise DeskError(f"Nothing to change: {person.key} does not watch {ticket.key}.")
    await ctx.execute(_REMOVE, ticket=ticket.id, person=person.id)
    return f"{person.key} no longer watches {ticket.key}."


async def _watches(ctx: Context, ticket: Ticket, person: Person) -> bool:
    return bool(await ctx.fetch_all(_WATCHES, ticket=ticket.id, person=person.id))


def _only_requester_or_technicians(ctx: Context, ticket: Ticket) -> None:
    mine = ticket.requester_id == ctx.actor.person_id
    if not mine and ctx.actor.effective_role < Role.technician:
        raise NotAllowed(
            "Watchers are added and removed by a ticket's requester and by technicians, the latter"
            " only where others don't read along."
        )
