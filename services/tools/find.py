"""Find records of any type by words and filters; return a sorted page, or counts."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from services.context import Context, Role
from services.entities.base import Entity
from services.entities.filters import Condition, Filter, OfTime, literal
from services.entities.finding import CUT, best_numbers
from services.entities.machine import Machine
from services.entities.note import Note, newest_of_each
from services.entities.person import Person
from services.entities.query import (
    Found,
    among,
    fetch_page,
    fetch_ranked,
    filters_of,
    groups_of,
    sort_of,
    sorts_of,
)
from services.entities.rows import ListRow, list_row
from services.entities.team import Team
from services.entities.ticket import Ticket
from services.entities.typed_filters import split_filters
from services.errors import NotAllowed
from services.refusals import MORE_IN_DIRECT_MESSAGE
from services.sanitize import one_line
from services.tools.argument_types import OptionalWords
from services.tools.counts import counted, examples
from services.tools.page import Page, Result
from services.tools.surfaces import Slash
from services.tools.tool import TOOLS, Tool, tool

FEW = 5
"""The maximum number of waiting records whose newest notes a list shows, unless all of its records
wait: in long lists people read the titles."""
PAGE, MOST_ROWS = 20, 50
"""The number of rows on a page unless another one is asked for, and the maximum."""
_BEST = "best match first"

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Search:
    """What is looked for. Filters in `given` must hold, and none of those in `excluded`."""

    kind: type[Entity]
    words: str
    given: Given
    excluded: Sequence[Given]
    sort: str | None
    """The sort that was asked for; None: the best match first, or the type's own sort."""

    @property
    def order(self) -> str:
        return self.sort or self.kind.sort


async def _find(
    ctx: Context,
    kind: type[Entity],
    words: str = "",
    sort: str | None = None,
    group_by: Sequence[str] = (),
    after: Entity | None = None,
    limit: int = PAGE,
    **given: Any,
) -> Result:
    search = await _parse(ctx, kind, words, sort, given)
    _check(ctx, search, group_by)
    conditions = await _conditions(ctx, search)
    numbers = await best_numbers(ctx, kind, search.words) if search.words else []
    what, limited = _heading(ctx, search, len(numbers)), _limited(ctx, search)
    by_rank = bool(search.words) and not search.sort and not group_by
    if search.words and not by_rank:
        conditions.append(among(kind, numbers))
    if group_by:
        return await counted(ctx, kind, conditions, list(dict.fromkeys(group_by)), what, limited)
    if by_rank:
        found, total = await fetch_ranked(ctx, kind, conditions, numbers, limit + 1, after)
    else:
        order = sort_of(kind, search.order)
        found, total = await fetch_page(ctx, kind, conditions, order, limit + 1, after)
    rest = [*conditions, among(kind, numbers)] if by_rank else conditions
    return Page(
        kind,
        what,
        await _rows(ctx, search, found[:limit]),
        total,
        next=found[limit - 1].record.key if len(found) > limit else None,
        order=_BEST if by_rank else _order(kind, search.order),
        limited=limited,
        examples=await examples(ctx, kind, rest) if total > len(found[:limit]) else "",
    )


async def _parse(
    ctx: Context, kind: type[Entity], words: str, sort: str | None, given: Given
) -> _Search:
    """Return the search for these arguments, of which filters and the sort may be in `words`."""
    typed = split_filters(kind, words)
    prepare = TOOLS[_name(kind)].prepare
    in_words = await prepare(ctx, **typed.given) if typed.given else {}
    typed_sort = in_words.pop("sort", None)
    excluded = [await prepare(ctx, **each) for each in typed.excluded]
    wanted = in_words | {name: value for name, value in given.items() if value is not None}
    if not typed.words:
        wanted = {**_preset(kind, excluded), **wanted}
    return _Search(kind, typed.words, wanted, excluded, sort or typed_sort)


async def _rows(ctx: Context, search: _Search, found: Sequence[Found]) -> list[ListRow]:
    """Return the rows of a page; a few waiting records have their newest notes in them."""
    waiting = [each.record for each in found if each.record.waits]
    if FEW < len(waiting) < len(found):
        waiting = []
    notes = await newest_of_each(ctx, waiting)
    return [_row(ctx, search, each, notes.get(each.record.id)) for each in found]


def _row(ctx: Context, search: _Search, found: Found, note: Note | None) -> ListRow:
    """Return a record's row, with the column by which the list is sorted.

    Columns that name the asker are left out if the list is filtered by the asker.
    """
    sorted_by = {search.sort.removeprefix("-").replace(" ", "_")} if search.sort else set()
    mine = [name for name, value in search.given.items() if _is_asker(ctx, value)]
    return list_row(
        found.record,
        ctx.now,
        tags=found.tags,
        shown=search.given.keys() | sorted_by,
        omitted=mine,
        words=search.words,
        note=note,
        viewer=ctx.actor.effective_role,
    )


def _is_asker(ctx: Context, value: object) -> bool:
    return isinstance(value, Person) and value.id == ctx.actor.person_id


def _preset(kind: type[Entity], excluded: Sequence[Given]) -> Given:
    """Return the type's default filters, but none by which the person excludes records."""
    names = {name for each in excluded for name in each}
    return {name: value for name, value in kind.preset.items() if name not in names}


async def _conditions(ctx: Context, search: _Search) -> list[Condition]:
    filters = filters_of(search.kind)
    left_out = [pair for each in search.excluded for pair in each.items()]
    names = [*search.given, *(name for name, _ in left_out)]
    timed = any(isinstance(filters[name], OfTime) for name in names)
    now = await _now(ctx) if timed else ctx.now
    found = (filters[name].on(value, now) for name, value in search.given.items())
    others = [filters[name].excluding(value, now) for name, value in left_out]
    return [*(each for each in found if each is not None), *others]


async def _now(ctx: Context) -> datetime:
    """Return the time in the person's time zone, which decides when their days begin."""
    return ctx.now.astimezone((await Person.get(ctx, ctx.actor.person_id)).zone)


def _check(ctx: Context, search: _Search, groups: Sequence[str]) -> None:
    """Refuse filters, groups and sorts over columns or records that the actor does not see."""
    role, kind = ctx.actor.effective_role, search.kind
    filters = filters_of(kind)
    used: list[Filter] = [filters[n] for each in (search.given, *search.excluded) for n in each]
    used += [groups_of(kind)[name] for name in groups]
    by = (search.sort or "").removeprefix("-")
    for each in [*used, *(each for each in filters.values() if each.title == by)]:
        if each.reads in ctx.hidden:
            raise NotAllowed(
                f"Admins hide the {each.title} of {kind.plural} from language models, so only"
                " commands and the web view can search by it."
            )
    for each in used:
        if role < each.needs:
            raise NotAllowed(f"Only technicians can search {kind.plural} by {each.title}.")
        if each.hidden and role < Role.technician:
            raise NotAllowed(each.hidden.limited)


def _heading(ctx: Context, search: _Search, matches: int) -> str:
    """Return the heading of a list: the plural, with the words and filters in parentheses.

    It says if only the newest of the `matches` of the words were considered.
    """
    kind = search.kind
    parts = [f"about “{one_line(search.words)}”"] if search.words else []
    parts += [f"newest {matches} matches"] if matches in CUT else []
    for sign, filters in (("", search.given), *(("not ", each) for each in search.excluded)):
        for name, value in filters.items():
            each = filters_of(kind)[name]
            asker = _is_asker(ctx, value)
            parts.append(sign + (f"{each.title} you" if asker else each.described(value)))
    return f"{kind.plural} ({', '.join(parts)})" if parts else kind.plural


def _limited(ctx: Context, search: _Search) -> str:
    """Return the sentence that says which records the viewer can't see here; may be empty."""
    kind = search.kind
    if ctx.actor.effective_role >= Role.technician or kind.public:
        return ""
    if any(_is_asker(ctx, search.given.get(name)) for name in kind.complete):
        return ""
    above = ctx.actor.role > ctx.actor.effective_role
    return MORE_IN_DIRECT_MESSAGE if above else kind.limited


def _order(kind: type[Entity], sort: str) -> str:
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if any(isinstance(each, OfTime) and each.title == name for each in filters_of(kind).values()):
        return f"sorted by {name}, {'newest' if descending else 'oldest'} first"
    return f"sorted by {name}{', largest first' if descending else ''}"


def _name(kind: type[Entity]) -> str:
    return f"find_{kind.plural}"


def finder(kind: type[Entity], words: str, doc: str, *slash: Slash) -> Tool:
    """Register the tool that finds records of a type, with a parameter for each of its filters."""
    sorts = [sign + name for name in sorts_of(kind) for sign in ("", "-")]
    groups = tuple(groups_of(kind))
    hints: dict[str, Any] = {
        "words": Annotated[OptionalWords, Field(description=words)],
        **{name: each.hint for name, each in filters_of(kind).items()},
        "sort": Annotated[
            literal(tuple(sorts)) | None, Field(description="“-”: largest or newest first")
        ],
        "after": Annotated[kind | None, Field(description="the last id of the page before")],
        "limit": Annotated[int, Field(ge=1, le=MOST_ROWS, description="rows of a page")],
    }
    if groups:
        counted = "count by these instead of listing"
        hints["group_by"] = Annotated[
            list[literal(groups)],  # type: ignore[misc]
            Field(max_length=3, description=counted),
        ]
    defaults: dict[str, Any] = {"words": "", "group_by": [], "limit": PAGE}

    async def find(ctx: Context, **given: Any) -> Result:
        return await _find(ctx, kind, **given)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    parameters += [inspect.Parameter(n, keyword, default=defaults.get(n)) for n in hints]
    find.__name__ = _name(kind)
    find.__doc__ = doc
    find.__annotations__ = {"ctx": Context, **hints, "return": Result}
    find.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return tool(slash=slash, done=f"Counted {kind.plural}")(find)


find_tickets = finder(
    Ticket,
    "what the ticket is about, in as few words as possible: all must fit",
    """Find or count tickets by words of name and description and by filters, which all must hold.

    A minus among the words leaves out: `-printer`, `-team:network`, `-assignee:me`.
    Without words or status only open tickets (not closed) are listed, with words closed ones too.
    """,
    Slash("/ticket", help="your open tickets", given={"requester": "me"}),
    Slash("/ticket", "mine", "tickets assigned to you", given={"assignee": "me"}),
    Slash("/ticket", "search", "tickets about something", "words", takes=("words",)),
)
find_machines = finder(
    Machine,
    "name, make, model, serial number, processor or graphics card",
    """Find or count machines by words and by filters, which all must hold.

    The operating system stands in a tag.
    """,
    Slash("/machine", help="your machines", given={"holder": "me"}),
    Slash(
        "/machine",
        "search",
        "machines by name, make, model, serial number or processor",
        "words",
        takes=("words",),
    ),
)
find_people = finder(
    Person,
    "a name, part of one, or an email; misspelt names are found too",
    "Find or count people. If several fit, ask which one is meant.",
    Slash("/itsm", "who", "find a person", "name or email", takes=("words",)),
)
find_teams = finder(Team, "a name or part of one", "Find teams; their cards list the members.")
