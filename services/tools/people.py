"""Find people."""

from typing import Annotated

from pydantic import Field
from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy import func, or_

from services.context import Context
from services.entities.base import find_ids, load_visible
from services.entities.person import Person
from services.tools.argument_types import Words
from services.tools.page import Page
from services.tools.parameters import Label
from services.tools.surfaces import Slash
from services.tools.tool import tool

PAGE = 10
_CLOSE_ENOUGH = 0.6


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
    wanted = words.strip().removeprefix("@").lower()
    exact = or_(
        Person.email.startswith(wanted, autoescape=True),
        func.lower(Person.name).contains(wanted, autoescape=True),
    )
    query = Person.query().where(exact).order_by(Person.active.desc(), Person.name)
    found = await Person.fetch_all(ctx, query.limit(PAGE + 1))
    if not found:
        found = await _misspelt(ctx, wanted)
    total = len(found)
    if total > PAGE:
        total = await Person.count(ctx, exact)
    return Page(f"people found for “{words}”", found[:PAGE], total)


async def _misspelt(ctx: Context, wanted: str) -> list[Person]:
    """The nearest 200 by trigram, then those whose words are a few typing errors away."""
    nearest = Person.query().order_by(func.lower(Person.name).op("<->")(wanted)).limit(200)
    scored = [
        (_likeness(wanted, person.name.lower()), person)
        for person in await Person.fetch_all(ctx, nearest)
    ]
    close = [(score, person) for score, person in scored if score >= _CLOSE_ENOUGH]
    return [person for _, person in sorted(close, key=lambda each: -each[0])[:5]]


def _likeness(wanted: str, name: str) -> float:
    """0 to 1: how well each wanted word resembles some word of the name, on average."""
    likeness = DamerauLevenshtein.normalized_similarity
    best = [max(likeness(word, part) for part in name.split()) for word in wanted.split()]
    return sum(best) / len(best) if best else 0.0
