"""Find the record that a person typed: by id, name, or a part of the name."""

import re

from services.context import Context, Role
from services.entities.base import Entity, find_ids, load_visible
from services.entities.finding import find_best, find_called
from services.entities.person import Person
from services.entities.registry import ENTITY_TYPES
from services.entities.rows import list_row
from services.errors import DeskError
from services.sanitize import one_line, plain
from services.tools.argument_types import LONGEST_WORDS
from services.tools.parameters import Parameter

OFFERED = 20
"""The maximum number of records in a search-as-you-type menu; Slack accepts at most 100."""
_CANDIDATES = 5
_MOST_WORDS = 6
_POSSESSIVE = re.compile(r"['’]s?(?!\w)", re.IGNORECASE)


async def find(ctx: Context, kind: type[Entity], typed: str, most: int = OFFERED) -> list[Entity]:
    """Return the visible records of the type that match best, by ids or by words."""
    words = _tidy(typed)
    if ids := find_ids(words):
        return [each for each in await load_visible(ctx, ids[:most]) if isinstance(each, kind)]
    return (await find_best(ctx, kind, words, most))[0] if words else []


async def resolve(
    ctx: Context, parameter: Parameter, typed: str, *, may_guess: bool = False
) -> str:
    """Return the id of the record that was typed; raise `DeskError` if several or none match.

    With `may_guess`, the only record that a search for the words finds is enough.
    """
    kind, words, ids = parameter.entity, typed.strip(), find_ids(typed)
    if len(ids) == 1:  # alone, or behind a name as in “Carol Reyes (USR-12)”
        return ids[0]
    if kind is None or ids:
        return words.upper()
    if words.lower() == "me" and kind is Person:
        return f"{Person.prefix}-{ctx.actor.person_id}"
    kinds = [each for each in ENTITY_TYPES.values() if each.named_by and issubclass(each, kind)]
    found, guesses = await _search(ctx, kinds, await _owned(ctx, _tidy(words)))
    if may_guess and len(guesses) == 1:
        return guesses[0].key
    if not found:
        guesses = guesses or await _nearly(ctx, kinds, _tidy(words))
        if not guesses and kind not in kinds:
            return words
        raise DeskError(_none(ctx, kind, words, guesses), field=parameter.name)
    exact = [each for each in found if each.title.casefold() == words.casefold()]
    if len(exact or found) == 1:
        return (exact or found)[0].key
    raise DeskError(_several(kind, words, found), field=parameter.name)


async def _search(
    ctx: Context, kinds: list[type[Entity]], typed: str
) -> tuple[list[Entity], list[Entity]]:
    """Return the records that are called or described so, or if there are none, similar ones."""
    if called := [one for each in kinds for one in await find_called(ctx, each, typed, OFFERED)]:
        return called, []
    similar = [one for each in kinds for one in await find(ctx, each, _bare(each, typed))]
    described = [each for each in similar if _is_described(ctx, each, typed)]
    return described, [] if described else similar


async def _owned(ctx: Context, typed: str) -> str:
    """Return the words with the actor's name in place of “my”, as in “my laptop”."""
    first, _, rest = typed.partition(" ")
    if first.lower() != "my" or not rest:
        return typed
    return f"{(await Person.get(ctx, ctx.actor.person_id)).name} {rest}"


async def _nearly(ctx: Context, kinds: list[type[Entity]], typed: str) -> list[Entity]:
    """Return the records that fit all words but one; an empty list if those are many."""
    words = typed.split()
    if not 3 <= len(words) <= _MOST_WORDS:
        return []
    near: dict[str, Entity] = {}
    for place in range(len(words)):
        fewer = " ".join(words[:place] + words[place + 1 :])
        similar = [one for each in kinds for one in await find(ctx, each, fewer)]
        near |= {one.key: one for one in similar if _is_described(ctx, one, fewer)}
    return list(near.values()) if len(near) <= _CANDIDATES else []


def _bare(kind: type[Entity], typed: str) -> str:
    """Return the words without possessive endings, and without the nouns of the type."""
    words = _POSSESSIVE.sub("", typed).split()
    return " ".join(each for each in words if each.lower() not in (kind.noun, kind.plural))


def _is_described(ctx: Context, record: Entity, typed: str) -> bool:
    """Return whether the record's row in lists has all words, and its title or owner's name one.

    As in “Anna Finance”, “Emre T480” and “Priya's machine”.
    """
    wanted = set(plain(_bare(type(record), typed)).split())
    shown = list_row(record, ctx.now, viewer=ctx.actor.effective_role).as_text()
    row = plain(f"{record.ref.as_text()} {shown}").split()
    return wanted <= set(row) and not wanted.isdisjoint(plain(_names(record)).split())


def _names(record: Entity) -> str:
    """Return the title, with the names of the owners: those whose cards list the record."""
    owned = (name.removesuffix("_id") for name, each in record.facts().items() if each.reverse)
    owners = [owner for name in owned if (owner := getattr(record, name))]
    return " ".join(each.title for each in (record, *owners))


def _several(kind: type[Entity], words: str, found: list[Entity]) -> str:
    more = " and more" if len(found) > _CANDIDATES else ""
    names = _listed(found[:_CANDIDATES])
    kinds = getattr(kind, "plural", "records")
    return f"Several {kinds} fit “{_quoted(words)}”: {names}{more}. Please use an id."


def _none(ctx: Context, kind: type[Entity], words: str, guesses: list[Entity]) -> str:
    sentence = f"I found no {getattr(kind, 'noun', 'record')} called “{_quoted(words)}”."
    if guesses:
        return f"{sentence} Did you mean {_listed(guesses[:_CANDIDATES])}? Please use an id."
    hidden = not kind.public and ctx.actor.effective_role < Role.technician
    return f"{sentence} {kind.limited}" if hidden and kind.limited else sentence


def _quoted(typed: str) -> str:
    return one_line(typed)[:40]


def _listed(records: list[Entity]) -> str:
    return ", ".join(
        f"{each.title} ({', '.join(filter(None, (each.id, each.detail)))})"
        for each in (record.ref for record in records)
    )


def _tidy(typed: str) -> str:
    return " ".join(typed.replace("\0", " ").split())[:LONGEST_WORDS]
