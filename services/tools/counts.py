"""Count records by groups, and name examples of the counted records for models."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from services.context import Context
from services.entities.base import Entity, load_visible
from services.entities.card import quoted
from services.entities.column import is_text
from services.entities.filters import Condition, OfColumn
from services.entities.person import Person
from services.entities.query import MOST_GROUPS, count_by, groups_of
from services.entities.record_filters import OfReference

EXAMPLES = 3
"""The maximum number of counted records that a result names."""


async def counted(
    ctx: Context,
    kind: type[Entity],
    conditions: Sequence[Condition],
    names: list[str],
    what: str,
    limited: str,
) -> str:
    """Return as text how many records fulfil the conditions, in all and by group."""
    zone = (await Person.get(ctx, ctx.actor.person_id)).zone
    rows = await count_by(ctx, kind, conditions, names, zone)
    groups = {name: groups_of(kind)[name] for name in names}
    titles = await _titles(ctx, groups, rows)
    more = len(rows) > MOST_GROUPS
    total = rows[0]["total"] if rows else 0
    lines = [f"{total} {what} by {' and '.join(names)}:"]
    for row in rows[:MOST_GROUPS]:
        values = " | ".join(_group(each, row[name], titles) for name, each in groups.items())
        lines.append(f"- {values}: {row['count']}")
    lines += [f"Only the {MOST_GROUPS} largest groups are shown."] if more else []
    lines += [each for each in (await examples(ctx, kind, conditions), limited) if each]
    return "\n".join(lines)


async def examples(ctx: Context, kind: type[Entity], conditions: Sequence[Condition]) -> str:
    """Return a line with examples of the counted records; empty if the reader is no model.

    A number tells something about what it counts, and these ids say to whom it may be told
    (`services/changes/disclosure.py`): private records if there are any, as the fewest people see
    them. They are in no order, which would take as long as counting them again.
    """
    if kind.public or not ctx.for_model:
        return ""
    table = kind.__table__.c
    for narrower in [[table["private"]], []] if "private" in table else [[]]:
        query = select(table.id).where(*conditions, *narrower).limit(EXAMPLES)
        if keys := [f"{kind.prefix}-{row['id']}" for row in await ctx.fetch_all(query)]:
            return f"Among them: {', '.join(keys)}."
    return ""


async def _titles(
    ctx: Context, groups: Mapping[str, OfColumn], rows: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    keys = {
        f"{each.target.prefix}-{row[name]}"
        for name, each in groups.items()
        if isinstance(each, OfReference)
        for row in rows
        if row[name] is not None
    }
    return {record.key: record.ref.as_name() for record in await load_visible(ctx, sorted(keys))}


def _group(each: OfColumn, value: Any, titles: Mapping[str, str]) -> str:
    if isinstance(each, OfReference):
        key = f"{each.target.prefix}-{value}"
        return f"no {each.title}" if value is None else titles.get(key, key)
    if value is None or value == "":
        return f"no {each.title}"
    if isinstance(value, bool):
        return each.title if value else f"not {each.title}"
    return quoted(str(value)) if is_text(each.column) else str(value)
