"""Find people."""

from typing import Annotated

from pydantic import Field

from services.context import Context
from services.entities.base import find_ids, load_visible
from services.entities.finding import find_best
from services.entities.person import Person
from services.tools.argument_types import Words
from services.tools.page import Page
from services.tools.parameters import Label
from services.tools.surfaces import Slash
from services.tools.tool import tool

PAGE = 10


@tool(slash=Slash("/itsm", "who", "find a person", "name or email", takes=("words",)))
async def search_people(
    ctx: Context,
    words: Annotated[
        Words,
        Field(description="a name, part of one, an email or an id"),
        Label("Name or email", "Please add a name or an email address."),
    ],
) -> Page:
    """Search people by name or email; misspelt names are found too.

    Several matches: ask the person which one is meant.
    """
    if ids := [key for key in find_ids(words) if key.startswith(f"{Person.prefix}-")]:
        known = await load_visible(ctx, ids[:PAGE])
        return Page(f"people found for “{words}”", known, len(known))
    return Page(f"people found for “{words}”", *await find_best(ctx, Person, words, PAGE))
