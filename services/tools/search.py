"""Full-text search."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import case, func, literal_column, select, text

from services.context import Context, Role
from services.entities.ticket import Ticket
from services.tools.tool import Page, tool

PAGE = 20


@tool()
async def search_tickets(
    ctx: Context,
    words: Annotated[str, Field(min_length=1, description="what the ticket is about")],
) -> Page:
    """Search tickets by the words of their name and description, best matches first."""
    ranks = await (_staff if ctx.actor.effective_role >= Role.technician else _own)(ctx, words)
    best = sorted(ranks, key=lambda ticket: (-ranks[ticket], -ticket))
    order = case({each: place for place, each in enumerate(best[:PAGE])}, value=Ticket.id)
    query = select(Ticket).where(Ticket.id.in_(best[:PAGE])).order_by(order)
    found = list((await ctx.session.scalars(query)).unique()) if best else []
    return Page(f"tickets about “{words}”", found, len(best))


async def _staff(ctx: Context, words: str) -> dict[int, float]:
    rows = await ctx.session.execute(
        text("SELECT id, rank FROM app.search_tickets(:words)"), {"words": words}
    )
    return {row.id: row.rank for row in rows}


async def _own(ctx: Context, words: str) -> dict[int, float]:
    """A requester's few tickets, found by the policy's own index and then looked through."""
    wanted = func.websearch_to_tsquery(literal_column("'public.desk'::regconfig"), words)
    query = select(Ticket.id, func.ts_rank(Ticket.search, wanted)).where(
        Ticket.search.op("@@")(wanted)
    )
    return {row[0]: row[1] for row in await ctx.session.execute(query)}
