"""Full-text search of tickets."""

from typing import Annotated

from pydantic import Field

from services.context import Context
from services.entities.finding import find_best
from services.entities.ticket import Ticket
from services.tools.argument_types import Words
from services.tools.page import Page
from services.tools.parameters import Label
from services.tools.surfaces import Slash
from services.tools.tool import tool

PAGE = 20


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
    return Page(f"tickets about “{words}”", *await find_best(ctx, Ticket, words, PAGE))
