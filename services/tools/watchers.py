"""Add and remove watchers: a watcher sees a ticket as if it were their own."""

from typing import Annotated

from pydantic import Field

from services.context import Context, Role
from services.entities.person import Person
from services.entities.ticket import Ticket, TicketWatcher
from services.errors import DeskError
from services.refusals import not_allowed
from services.tools.changing import only_active
from services.tools.tool import tool


async def _discloses(
    ctx: Context, ticket: Ticket, person: Person | None = None, stop: bool = False
) -> bool:
    """Return whether anybody but the actor gets or loses access, or the ticket is not theirs."""
    other = person is not None and person.id != ctx.actor.person_id
    return other or not (stop or ticket.concerns(ctx.actor.person_id))


@tool(writes=True, consent=_discloses)
async def watch(
    ctx: Context,
    ticket: Ticket,
    person: Annotated[
        Person | None, Field(description="who watches, if not the person who asks")
    ] = None,
    stop: Annotated[bool, Field(description="no longer watch it")] = False,
) -> Ticket | str:
    """Make a person a watcher of a ticket, who sees it with its notes, or with `stop` no longer."""
    watcher = person or await Person.get(ctx, ctx.actor.person_id)
    if not stop or watcher.id != ctx.actor.person_id:
        _only_requester_or_technicians(ctx, ticket)
    if stop:
        return await _stop(ctx, ticket, watcher)
    only_active(watcher)
    if await TicketWatcher.exists(ctx, ticket.id, watcher.id):
        raise DeskError(f"Nothing to change: {watcher.key} watches {ticket.key} already.")
    await TicketWatcher.join(ctx, ticket.id, watcher.id)
    return ticket


async def _stop(ctx: Context, ticket: Ticket, watcher: Person) -> str:
    if not await TicketWatcher.part(ctx, ticket.id, watcher.id):
        raise DeskError(f"Nothing to change: {watcher.key} does not watch {ticket.key}.")
    return f"{watcher.key} no longer watches {ticket.key}."


def _only_requester_or_technicians(ctx: Context, ticket: Ticket) -> None:
    mine = ticket.requester_id == ctx.actor.person_id
    if not mine and ctx.actor.effective_role < Role.technician:
        only = "Watchers are added and removed by a ticket's requester and by technicians."
        raise not_allowed(ctx.actor, Role.technician, only)
