"""Full-text search of tickets."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import text

from services.context import Context, Role
from services.entities.base import load_visible
from services.entities.ticket import Ticket
from services.tools.argument_types import Words
from services.tools.page import Page
from services.tools.parameters import Label
from services.tools.surfaces import Slash
from services.tools.tool import tool

PAGE = 20

_RANKS = text("SELECT id, rank FROM app.search_tickets(:words)")
_OWN_RANKS = text(
    "SELECT id, ts_rank(search, wanted) AS rank FROM tickets,"
    " websearch_to_tsquery('public.desk', :words) wanted WHERE search @@ wanted"
)


@tool(slash=Slash("/ticket", "search", "tickets about something", "words", takes=("words",)))
async def search_tickets(
    ctx: Context,
    words: Annotated[
        Words,
        Field(description="what the ticket is about"),
        Label("Words", "Please add some words to search for."),
    ],
) -> Page:
    """Search tickets by the words of their name and description, best matches first."""
    ranks = await (_staff if ctx.actor.effective_role >= Role.technician else _own)(ctx, words)
    best = sorted(ranks, key=lambda ticket: (-ranks[ticket], -ticket))
    found = await load_visible(ctx, [f"{Ticket.prefix}-{ticket}" for ticket in best[:PAGE]])
    return Page(f"tickets about “{words}”", found, len(best))


async def _staff(ctx: Context, words: str) -> dict[int, float]:
    return {row["id"]: row["rank"] for row in await ctx.fetch_all(_RANKS, words=words)}


async def _own(ctx: Context, words: str) -> dict[int, float]:
    """A requester's few tickets, found by the policy's own index and then looked through."""
    return {row["id"]: row["rank"] for row in await ctx.fetch_all(_OWN_RANKS, words=words)}
