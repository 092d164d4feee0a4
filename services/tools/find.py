"""Find records of any type by words and filters; return a sorted page, or counts."""

import inspect
from collections.abc import Mapping, Sequence
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
from services.tools.counts import counted
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
    given = {name: value for name, value in given.items() if value is not None}
    typed = split_filters(kind, words)
    words = typed.words
    if typed.given:
        given = {**await TOOLS[_name(kind)].prepare(ctx, **typed.given), **given}
        sort = sort or given.pop("sort", None)
    excluded = [await TOOLS[_name(kind)].prepare(ctx, **each) for each in typed.excluded]
    given = given if words else {**_preset(kind, excluded), **given}
    _check(ctx, kind, [given, *excluded], group_by, sort)
    conditions = await _conditions(ctx, kind, given, excluded)
    numbers = await best_numbers(ctx, kind, words) if words else []
    about = _about(words, len(numbers))
    what, hidden = _heading(ctx, kind, about, given, excluded), _limit(ctx, kind, given)
    by_rank = words and not sort and not group_by
    if words and not by_rank:
        conditions.append(among(kind, numbers))
    if group_by:
        return await counted(ctx, kind, conditions, list(dict.fromkeys(group_by)), what, hidden)
    if by_rank:
        found, total = await fetch_ranked(ctx, kind, conditions, numbers, limit + 1, after)
    else:
        order = sort_of(kind, sort or kind.sort)
        found, total = await fetch_page(ctx, kind, conditions, order, limit + 1, after)
    shown = found[:limit]
    waiting = [each.record for each in shown if each.record.waits]
    if FEW < len(waiting) < len(shown):
        waiting = []
    notes = await newest_of_each(ctx, waiting)
    return Page(
        kind,
        what,
        [_row(ctx, each, given, words, sort, notes.get(each.record.id)) for each in shown],
        total,
        next=shown[-1].record.key if len(found) > limit else None,
        order=_BEST if by_rank else _order(kind, sort or kind.sort),
        limit=hidden,
    )


def _row(
    ctx: Context, found: Found, given: Given, words: str, sort: str | None, note: Note | None
) -> ListRow:
    """Return a record's row, with the column by which the list is sorted.

    Columns that name the asker are left out if the list is filtered by the asker.
    """
    sorted_by = {sort.removeprefix("-").replace(" ", "_")} if sort else set()
    mine = [name for name, value in given.items() if _is_asker(ctx, value)]
    return list_row(
        found.record,
        ctx.now,
        tags=found.tags,
        shown=given.keys() | sorted_by,
        omitted=mine,
        words=words,
        note=note,
        viewer=ctx.actor.effective_role,
    )


def _is_asker(ctx: Context, value: object) -> bool:
    return isinstance(value, Person) and value.id == ctx.actor.person_id


def _preset(kind: type[Entity], excluded: Sequence[Given]) -> Given:
    """Return the type's default filters, but none by which the person excludes records."""
    names = {name for each in excluded for name in each}
    return {name: value for name, value in kind.preset.items() if name not in names}


async def _conditions(
    ctx: Context, kind: type[Entity], given: Given, excluded: Sequence[Given]
) -> list[Condition]:
    filters = filters_of(kind)
    left_out = [pair for each in excluded for pair in each.items()]
    timed = any(isinstance(filters[name], OfTime) for name, _ in (*given.items(), *left_out))
    now = await _now(ctx) if timed else ctx.now
    found = (filters[name].on(value, now) for name, value in given.items())
    others = [filters[name].excluding(value, now) for name, value in left_out]
    return [*(each for each in found if each is not None), *others]


async def _now(ctx: Context) -> datetime:
    """Return the time in the person's time zone, which decides when their days begin."""
    return ctx.now.astimezone((await Person.get(ctx, ctx.actor.person_id)).zone)


def _check(
    ctx: Context,
    kind: type[Entity],
    used_by: Sequence[Given],
    groups: Sequence[str],
    sort: str | None,
) -> None:
    """Refuse filters, groups and sorts over columns or records that the actor does not see."""
    role = ctx.actor.effective_role
    used: list[Filter] = [filters_of(kind)[name] for given in used_by for name in given]
    used += [groups_of(kind)[name] for name in groups]
    by = (sort or "").removeprefix("-")
    for each in [*used, *(each for each in filters_of(kind).values() if each.title == by)]:
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


def _about(words: str, matches: int) -> list[str]:
    """Return the parts of a heading about the search: its words, and whether matches were cut."""
    newest = [f"newest {matches} matches"] if matches in CUT else []
    return [f"about “{one_line(words)}”", *newest] if words else []


def _heading(
    ctx: Context, kind: type[Entity], about: list[str], given: Given, excluded: Sequence[Given]
) -> str:
    """Return the heading of a list: the plural, with the words and filters in parentheses."""
    parts = about.copy()
    for sign, filters in (("", given), *(("not ", each) for each in excluded)):
        for name, value in filters.items():
            each = filters_of(kind)[name]
            asker = _is_asker(ctx, value)
            parts.append(sign + (f"{each.title} you" if asker else each.described(value)))
    return f"{kind.plural} ({', '.join(parts)})" if parts else kind.plural


def _limit(ctx: Context, kind: type[Entity], given: Given) -> str:
    """Return the sentence that says which records the viewer can't see here; may be empty."""
    if ctx.actor.effective_role >= Role.technician or kind.public:
        return ""
    if any(_is_asker(ctx, given.get(name)) for name in kind.complete):
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
