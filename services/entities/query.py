"""Build queries from filters and a sort: pages of records, their total, and counts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from services.context import Context, Role
from services.entities import sql
from services.entities.attached import Attached
from services.entities.base import Entity
from services.entities.column import facts_of
from services.entities.filters import (
    Condition,
    Filter,
    OfChoice,
    OfColumn,
    OfDate,
    OfFlag,
    OfNumber,
    OfTags,
    OfText,
    OfTime,
)
from services.entities.hiding import HIDDEN, TAG_VALUE
from services.entities.record_filters import AnyOf, OfRecord, OfReference, OfRows
from services.entities.registry import ENTITY_TYPES, LINK_TYPES
from services.entities.tag import Tag
from services.storage.statements import Row

MOST_GROUPS = 100


@cache
def filters_of(kind: type[Entity]) -> dict[str, Filter]:
    """Return the filters of an entity type by name."""
    found = [*_of_columns(kind), *_of_links(kind), *_of_reverse(kind)]
    people = tuple(
        each for each in found if isinstance(each, OfRecord) and each.target.prefix == "USR"
    )
    if len(people) > 1:
        target = people[0].target
        found.append(AnyOf("person", target=target, may_be_absent=False, filters=people))
    found += [] if issubclass(kind, Attached) else [OfTags("tags", of=kind)]
    return {each.name: each for each in found}


_KINDS: tuple[tuple[type, type[OfColumn]], ...] = (
    (DateTime, OfTime),
    (Date, OfDate),
    (Boolean, OfFlag),
    (BigInteger, OfNumber),
)


def _of_columns(kind: type[Entity]) -> Iterator[Filter]:
    for column in sql.columns_of(kind).values():
        facts = facts_of(column)
        if not facts or not facts.filter:
            continue
        needs = facts.shown_to or Role.requester
        given: dict[str, Any] = {"needs": needs, "column": column, "facts": facts}
        name = facts.filter
        if target := sql.target_of(column):
            optional = bool(column.nullable)
            yield OfReference(name, target=target, may_be_absent=optional, **given)
        elif facts.choices:
            yield OfChoice(name, **given)
        else:
            made = next((each for type_, each in _KINDS if isinstance(column.type, type_)), OfText)
            yield made(name, **given)


def _of_links(kind: type[Entity]) -> Iterator[Filter]:
    for link in LINK_TYPES:
        targets = sql.targets_of(link)
        subject, other = link.ends()
        for name, found, by in ((link.filter, subject, other), (link.reverse, other, subject)):
            if name and targets[found] is kind:
                columns = link.__table__.c
                yield _of_rows(kind, name, columns[found], targets[by], columns[by])


def _of_reverse(kind: type[Entity]) -> Iterator[Filter]:
    for holder in ENTITY_TYPES.values():
        for column in sql.columns_of(holder).values():
            facts = facts_of(column)
            if facts and facts.reverse and sql.target_of(column) is kind:
                hidden = None if holder.public else holder
                yield _of_rows(kind, facts.reverse, column, holder, holder.__table__.c.id, hidden)


def _of_rows(
    kind: type[Entity],
    name: str,
    found: ColumnElement[Any],
    target: type[Entity],
    by: ColumnElement[Any],
    hidden: type[Entity] | None = None,
) -> Filter:
    of = kind.__table__.c.id
    return OfRows(name, hidden=hidden, target=target, found=found, by=by, of=of)


# ---- statements


@dataclass(frozen=True, slots=True)
class Sort:
    """The order of a list: by a column, empty values last, then by number."""

    by: ColumnElement[Any]
    descending: bool = False
    optional: bool = False

    def clauses(self, number: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
        if self.descending:
            by = self.by.desc().nulls_last() if self.optional else self.by.desc()
            return by, number.desc()
        return self.by.asc(), number.asc()

    def after(self, number: ColumnElement[Any], value: Any, last: int) -> Condition:
        """Return the keyset condition of the page after the record `last`, which has `value`."""
        later = number < last if self.descending else number > last
        if value is None:
            return and_(self.by.is_(None), later)
        beyond = self.by < value if self.descending else self.by > value
        following = or_(beyond, and_(self.by == value, later))
        if self.optional:
            return or_(following, self.by.is_(None))
        # Without this an index would be read from its beginning.
        return and_(self.by <= value if self.descending else self.by >= value, following)


@cache
def sorts_of(kind: type[Entity]) -> dict[str, ColumnElement[Any]]:
    """Return the expressions that lists can be sorted by, by name."""
    columns = [each for each in filters_of(kind).values() if isinstance(each, OfColumn)]
    found = {each.title: each.order for each in columns if each.order is not None}
    named = kind.__table__.c.get("name")
    return found if named is None else {"name": func.lower(named), **found}


def sort_of(kind: type[Entity], name: str) -> Sort:
    """Return the sort of this name; "-" before it puts the largest or newest first."""
    wanted = name.removeprefix("-")
    column = next((each for each in filters_of(kind).values() if each.title == wanted), None)
    optional = isinstance(column, OfColumn) and bool(column.column.nullable)
    return Sort(sorts_of(kind)[wanted], name.startswith("-"), optional)


def among(kind: type[Entity], numbers: Sequence[int]) -> Condition:
    return kind.__table__.c.id == func.any(_array(numbers))


def _array(numbers: Sequence[int]) -> ColumnElement[Any]:
    return cast(list(numbers), ARRAY(BigInteger))


@dataclass(frozen=True, slots=True)
class Found:
    """A record that a query has found, with its tags."""

    record: Entity
    tags: str = ""


async def fetch_page(
    ctx: Context,
    kind: type[Entity],
    conditions: Sequence[Condition],
    sort: Sort,
    size: int,
    after: Entity | None = None,
) -> tuple[list[Found], int]:
    """Return up to `size` records after the record `after`, and how many fulfil the conditions."""
    number = kind.__table__.c.id
    total = select(func.count()).select_from(kind.__table__).where(*conditions).correlate(None)
    query = select(number, total.scalar_subquery().label("total")).where(*conditions)
    if after:
        [value] = await ctx.fetch_all(select(sort.by.label("value")).where(number == after.id))
        query = query.where(sort.after(number, value["value"], after.id))
    rows = await ctx.fetch_all(query.order_by(*sort.clauses(number)).limit(size))
    if rows:
        return await _load(ctx, kind, [row["id"] for row in rows]), int(rows[0]["total"])
    return [], await kind.count(ctx, *conditions) if after else 0


async def fetch_ranked(
    ctx: Context,
    kind: type[Entity],
    conditions: Sequence[Condition],
    numbers: Sequence[int],
    size: int,
    after: Entity | None = None,
) -> tuple[list[Found], int]:
    """Return a page and the total as `fetch_page` does, of these numbers and in their order.

    All of the records must be visible to the actor.
    """
    # The record `after` may no longer fulfil the conditions.
    start = numbers.index(after.id) + 1 if after and after.id in numbers else 0
    following, total = numbers[start:], len(numbers)
    if conditions:
        query = select(kind.__table__.c.id).where(among(kind, numbers), *conditions)
        kept = {row["id"] for row in await ctx.fetch_all(query)}
        following, total = [number for number in following if number in kept], len(kept)
    return await _load(ctx, kind, following[:size]), total


async def _load(ctx: Context, kind: type[Entity], numbers: Sequence[int]) -> list[Found]:
    """Return the records with these numbers, in the order of the numbers.

    Rows are wide, so the numbers of a page are selected first, from an index.
    """
    query = _query_of_page(kind, ctx.hidden)
    rows = await ctx.fetch_all(query, numbers=list(numbers)) if numbers else ()
    found = [Found(kind.from_row(row, ctx.hidden), row["tags"] or "") for row in rows]
    return sorted(found, key=lambda each: numbers.index(each.record.id))


@cache
def _query_of_page(kind: type[Entity], hidden: frozenset[str]) -> Select[Any]:
    return sql.query_by_ids(kind).add_columns(_tags(kind, hidden).label("tags"))


def _tags(kind: type[Entity], hidden: frozenset[str]) -> ColumnElement[Any]:
    value = literal(HIDDEN) if TAG_VALUE in hidden else Tag.value
    label = Tag.key_ + case((Tag.value == "", ""), else_="=" + value)
    tags = select(func.string_agg(label, ", ")).select_from(Tag.__table__)
    return tags.where(
        Tag.on_kind == kind.prefix, Tag.on_id == kind.__table__.c.id
    ).scalar_subquery()


def groups_of(kind: type[Entity]) -> dict[str, OfColumn]:
    """Return the filters that counts can be grouped by, by name."""
    columns = [each for each in filters_of(kind).values() if isinstance(each, OfColumn)]
    return {
        f"{each.title} month" if isinstance(each, OfTime) else each.title: each
        for each in columns
        if not isinstance(each, OfNumber)
    }


async def count_by(
    ctx: Context,
    kind: type[Entity],
    conditions: Sequence[Condition],
    names: Iterable[str],
    zone: ZoneInfo,
) -> list[Row]:
    """Return a row for each group, with its values and the `count` of its records, largest first.

    Each row also has the `total` of all groups. Months begin in the time zone.
    """
    keys = [groups_of(kind)[name].group(zone).label(name) for name in names]
    query = select(*keys, func.count().label("count"))
    total = cast(func.sum(func.count()).over(), BigInteger).label("total")
    query = query.add_columns(total).select_from(kind.__table__)
    query = query.where(*conditions).group_by(*keys)
    ordered = query.order_by(func.count().desc(), *keys).limit(MOST_GROUPS + 1)
    return await ctx.fetch_all(ordered)
