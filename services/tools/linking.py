"""Link tickets that belong together, and merge those that are about the same."""

from itertools import permutations
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import bindparam, select, union_all

from services.context import Context, Role
from services.entities.base import load
from services.entities.card import Ref
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
from services.tools.parameters import Label, Offered
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


_OTHER_ENDS = union_all(
    *(
        select(one).where(other == bindparam("number"))
        for link in LINKS.values()
        for one, other in permutations(link.__table__.columns)
    )
)
_LINKED = Ticket.query().where(Ticket.id.in_(_OTHER_ENDS)).order_by(Ticket.id)
"""The tickets that are linked to a ticket, from either side."""


async def _is_linked(ctx: Context, ticket: Ticket) -> bool:
    return await Ticket.fetch_one(ctx, _LINKED, number=ticket.id) is not None


async def _linked(ctx: Context, ticket: str) -> list[Ref]:
    """Return the tickets that are linked to the one with this id."""
    number = (await load(ctx, ticket)).id
    return [each.ref for each in await Ticket.fetch_all(ctx, _LINKED, number=number)]


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
) -> Ticket:
    """Link a ticket to another one: to its parent, to the one it is a duplicate of, or as related.

    Duplicates stay open: merge tickets to close them.
    """
    link = LINKS[kind]
    await _check(ctx, link, ticket, to)
    await link.join(ctx, ticket.id, to.id)
    return ticket


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


@tool(
    needs=Role.technician,
    writes=True,
    consent=_not_only_own,
    buttons=(CardButton("Unlink…", (Ticket,), "ticket", _is_linked, more=True),),
)
async def unlink_tickets(
    ctx: Context,
    ticket: Ticket,
    to: Annotated[Ticket, Label("Linked ticket"), Offered(_linked)],
) -> Ticket:
    """Remove all links between two tickets: as part and parent, as duplicate, and as related."""
    ends = ((ticket.id, to.id), (to.id, ticket.id))
    parted = [await link.part(ctx, *each) for link in LINKS.values() for each in ends]
    if not any(parted):
        raise DeskError(f"Nothing to change: {ticket.key} is not linked to {to.key}.", field="to")
    return ticket


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
    notes stay on them.
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
