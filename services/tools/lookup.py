"""Find records by what people type for them: an id, or a part of the name."""

from services.context import Context
from services.entities.base import Entity, find_ids, load_visible
from services.entities.finding import find_best
from services.errors import DeskError
from services.tools.argument_types import LONGEST_WORDS
from services.tools.parameters import Parameter

OFFERED = 20
"""Records that a search-as-you-type menu shows; Slack takes at most 100."""
_CANDIDATES = 5


async def find(ctx: Context, kind: type[Entity], typed: str, most: int = OFFERED) -> list[Entity]:
    """Return the visible records of the kind that fit best, by id or by words."""
    words = " ".join(typed.replace("\0", " ").split())[:LONGEST_WORDS]
    if ids := find_ids(words):
        return [each for each in await load_visible(ctx, ids[:most]) if isinstance(each, kind)]
    return (await find_best(ctx, kind, words, most))[0] if words else []


async def resolve(ctx: Context, parameter: Parameter, typed: str) -> str:
    """Return the id of the one record that is meant, or raise `DeskError` with the candidates."""
    kind, ids = parameter.entity, find_ids(typed)
    if len(ids) == 1:  # alone, or behind a name as in “Carol Reyes (USR-12)”
        return ids[0]
    if kind is None or ids or not hasattr(kind, "prefix") or typed.lower() == "me":
        return typed.lower() if typed.lower() == "me" else typed.upper()
    found = await find(ctx, kind, typed)
    if len(found) == 1:
        return found[0].key
    shown = typed[:40]
    if not found:
        raise DeskError(f"I found no {kind.noun} called “{shown}”.", field=parameter.name)
    names = ", ".join(f"{each.title} ({each.key})" for each in found[:_CANDIDATES])
    more = " and more" if len(found) > _CANDIDATES else ""
    raise DeskError(
        f"Several {kind.plural} fit “{shown}”: {names}{more}. Please use an id.",
        field=parameter.name,
    )
