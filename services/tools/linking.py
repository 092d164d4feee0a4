"""Link tickets that belong together, and merge those that are about the same."""

from typing import Annotated, Any, Literal

from pydantic import Field

from services.context import Context, Role
from services.entities.link import Link
from services.entities.ticket import (
    Ticket,
    TicketDuplicate,
    TicketMachine,
    TicketParent,
    TicketRelation,
    TicketWatcher,
)
from services.errors import DeskError
from services.tools.argument_types import MOST_AT_ONCE
from services.tools.changing import nothing_to_change
from services.tools.parameters import Label
from services.tools.surfaces import CardButton
from services.tools.tool import tool

Kind = Literal["parent", "duplicate", "related"]
LINKS: dict[Kind, type[Link]] = {
    "parent": TicketParent,
    "duplicate": TicketDuplicate,
    "related": TicketRelation,
}
IN_WORDS: dict[Kind, str] = {
    "parent": "This ticket is a part of the other one",
    "duplicate": "This ticket is a duplicate of the other one",
    "related": "They are related in some other way",
}


async def _not_only_own(ctx: Context, ticket: Ticket, to: Ticket, **_: Any) -> bool:
    return not all(each.concerns(ctx.actor.person_id) for each in (ticket, to))


@tool(
    needs=Role.technician,
    writes=True,
    consent=_not_only_own,
    buttons=(CardButton("Link to…", (Ticket,), "ticket", asks=("to", "kind"), more=True),),
)
async def link_tickets(
    ctx: Context,
    ticket: Ticket,
    to: Annotated[Ticket, Label("Other ticket")],
    kind: Annotated[
        Kind,
        Label("How they belong together", choices=IN_WORDS),
        Field(description="what `to` is: the parent or the original of the ticket, or related"),
    ],
    remove: Annotated[bool, Field(description="take the link away")] = False,
) -> Ticket:
    """Link a ticket to another one: to its parent, to the one it is a duplicate of, or as related.

    Duplicates stay open: merge tickets to close them.
    """
    link = LINKS[kind]
    if remove:
        if not (await link.part(ctx, ticket.id, to.id) or await _part_back(ctx, link, ticket, to)):
            raise DeskError(f"Nothing to change: {ticket.key} is not linked to {to.key} like that.")
        return ticket
    await _check(ctx, link, ticket, to)
    await link.join(ctx, ticket.id, to.id)
    return ticket


async def _part_back(ctx: Context, link: type[Link], ticket: Ticket, to: Ticket) -> bool:
    return link is TicketRelation and await link.part(ctx, to.id, ticket.id)


async def _check(ctx: Context, link: type[Link], ticket: Ticket, to: Ticket) -> None:
    """Refuse a link that exists, a second parent or original, and a link that closes a circle."""
    if ticket.id == to.id:
        raise DeskError("A ticket can't be linked to itself.", field="to")
    known = await link.others(ctx, ticket.id)
    if to.id in known or (link is TicketRelation and await link.exists(ctx, to.id, ticket.id)):
        raise DeskError(f"Nothing to change: {ticket.key} is linked to {to.key} already.")
    if link is TicketRelation:
        return
    if known:
        what = "part" if link is TicketParent else "duplicate"
        raise DeskError(
            f"{ticket.key} is a {what} of TKT-{known[0]} already. Remove that link first.",
            field="to",
        )
    if ticket.id in await _line_above(ctx, link, to.id):
        raise DeskError(
            f"{to.key} itself belongs to {ticket.key}, so they can't be linked like this."
        )


async def _line_above(ctx: Context, link: type[Link], number: int) -> list[int]:
    """Return the numbers of the ticket, of its parent or original, of that one's, and so on."""
    line: list[int] = []
    above = [number]
    while above and above[0] not in line:
        line.append(above[0])
        above = await link.others(ctx, above[0])
    return line


async def _always(ctx: Context, **_: Any) -> bool:
    """Return that a merge always needs consent: watchers of one ticket will see the other."""
    return True


@tool(
    needs=Role.technician,
    writes=True,
    consent=_always,
    buttons=(CardButton("Merge into…", (Ticket,), "tickets", more=True),),
)
async def merge_tickets(
    ctx: Context,
    tickets: Annotated[list[Ticket], Field(min_length=1, max_length=MOST_AT_ONCE)],
    into: Annotated[
        Ticket,
        Label(
            "Ticket that stays open",
            hint="The one you merge is closed. Its people and machines are added to this one.",
        ),
        Field(description="the one that stays open"),
    ],
) -> tuple[Ticket, ...]:
    """Close tickets as duplicates of another one.

    Their requesters and watchers become its watchers, and their machines are linked to it. Their
    notes stay where they are, a press away.
    """
    return tuple([await _merge(ctx, ticket, into) for ticket in tickets])


async def _merge(ctx: Context, ticket: Ticket, into: Ticket) -> Ticket:
    if originals := await TicketDuplicate.others(ctx, into.id):
        raise DeskError(f"{into.key} is a duplicate itself: merge into TKT-{originals[0]}.")
    if not await TicketDuplicate.exists(ctx, ticket.id, into.id):
        await _check(ctx, TicketDuplicate, ticket, into)
        await TicketDuplicate.join(ctx, ticket.id, into.id)
    elif ticket.status == "Closed":
        raise nothing_to_change([ticket])
    people = {ticket.requester_id, *await TicketWatcher.others(ctx, ticket.id)}
    people -= {into.requester_id, *await TicketWatcher.others(ctx, into.id)}
    machines = set(await TicketMachine.others(ctx, ticket.id))
    machines -= set(await TicketMachine.others(ctx, into.id))
    for link, numbers in ((TicketWatcher, people), (TicketMachine, machines)):
        if numbers:
            await link.join(ctx, into.id, *numbers)
    return await ticket.change(ctx, status="Closed", resolution=f"Merged into {into.key}.")
