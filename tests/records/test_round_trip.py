"""Every editable column: a change has a receipt, and undo restores the row."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column

from services.changes.events import Event, events_of
from services.changes.receipts import consent_lines_of, receipts_of
from services.changes.undo import can_undo, undo_changes
from services.context import Actor, Context, Role, acting
from services.entities import sql
from services.entities.base import Entity
from services.entities.column import facts_of
from services.entities.registry import ENTITY_TYPES
from services.storage.database import Database
from tests.fixtures import DANIEL, IN_DEMO, MARCUS

TURN = 4711
ROLES = {
    prefix: max(facts.editable for facts in kind.facts().values() if facts.editable)
    for prefix, kind in IN_DEMO.items()
}
"""For each type, the role that may edit all of its columns."""
RECORDS = dict.fromkeys(ROLES, 1) | {"TKT": 18, "MAC": 5, "TAG": 4, "USR": 5, "NOTE": 13}
"""A record of each type; the ticket and the note are Daniel's."""

# Postgres holds neither NUL nor half a surrogate pair.
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300)


def values_of(column: Column[Any]) -> st.SearchStrategy[Any]:
    """Return what people may put into a column."""
    facts = facts_of(column)
    if facts and facts.choices:
        values: st.SearchStrategy[Any] = st.sampled_from([each.value for each in facts.choices])
    elif column.foreign_keys:
        values = st.integers(1, 5)
    else:
        of_type: dict[type, st.SearchStrategy[Any]] = {
            str: WORDS.filter(bool),
            bool: st.booleans(),
            int: st.integers(1, 2**40),
            date: st.dates(),
        }
        values = of_type[column.type.python_type]
    return st.none() | values if column.nullable else values


def changes_of(kind: type[Entity]) -> st.SearchStrategy[dict[str, Any]]:
    """Return values for at least one of the type's editable columns."""
    columns = {
        name: values_of(column)
        for name, column in sql.columns_of(kind).items()
        if (facts := facts_of(column)) and facts.editable is not None and not facts.derived
    }
    return st.fixed_dictionaries({}, optional=columns).filter(bool)


def plain(record: Entity) -> dict[str, Any]:
    """Return the record's own values, without derived ones."""
    facts = record.facts()
    return {name: getattr(record, name) for name in facts if not facts[name].derived}


@pytest.mark.parametrize("prefix", RECORDS)
@settings(
    max_examples=15,
    deadline=timedelta(minutes=1),
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example rolls back
)
@given(data=st.data())
def test_every_kind_of_change_has_a_receipt_and_undo_restores_the_row(
    fresh_database: str, prefix: str, data: st.DataObject
) -> None:
    values = data.draw(changes_of(ENTITY_TYPES[prefix]))
    asyncio.run(round_trip(fresh_database, prefix, values))


async def round_trip(url: str, prefix: str, values: dict[str, Any]) -> None:
    role = max(ROLES[prefix], Role.technician)
    actor = Actor(MARCUS if role is Role.admin else DANIEL, role, turn_id=TURN)
    database = Database(url)
    try:
        async with acting(database, actor) as ctx:
            await try_round_trip(ctx, prefix, values)
            await ctx.transaction.restart()
    finally:
        await database.close()


async def try_round_trip(ctx: Context, prefix: str, values: dict[str, Any]) -> None:
    before = await ENTITY_TYPES[prefix].get(ctx, RECORDS[prefix])
    changed = {name for name, value in values.items() if getattr(before, name) != value}
    assume(changed)
    # What would hide a ticket from the person who changes it is refused.
    assume(not (values.get("private") and "requester_id" in values))
    # Nothing is expected back from nobody.
    assume(not (values.get("expected_back") and values.get("person_id", 1) is None))
    await before.change(ctx, **values)
    events = await events_of(ctx, TURN)
    await check_words(ctx, events, changed)
    assert can_undo(events, ctx.actor.effective_role)
    assert not can_undo(events, Role.requester) or prefix in ("TKT", "NOTE")
    await undo_changes(ctx, events)
    assert plain(await before.get(ctx, before.id)) == plain(before)


async def check_words(ctx: Context, events: list[Event], changed: set[str]) -> None:
    """Check that receipt and consent card name each changed column, the card with uncut texts."""
    [event] = events
    [receipt], [planned] = await receipts_of(ctx, events), await consent_lines_of(ctx, events)
    assert receipt.startswith(f"Changed {event.record}: ")
    assert planned.startswith(f"Change {event.record}: ")
    kind = ENTITY_TYPES[event.record.split("-")[0]]
    for name in changed:
        label = kind.facts()[name].label.lower()
        assert label in receipt.lower()
        assert label in planned.lower()
    assert receipt.count(" → ") >= len(changed)
