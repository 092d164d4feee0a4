"""Columns and links declare what the database allows."""

import re
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Engine, text

from services.context import Role
from services.entities import sql
from services.entities.base import Entity
from services.entities.column import Facts, column, facts_of
from services.entities.link import Link
from services.entities.registry import ENTITY_TYPES, LINK_TYPES
from services.entities.ticket import Ticket
from tests.fixtures import DANIEL
from tests.stories.telling import ActingAs

COLUMNS = [
    pytest.param(kind, each, facts, id=f"{kind.__tablename__}.{each.name}")
    for kind in ENTITY_TYPES.values()
    for each in sql.columns_of(kind).values()
    if (facts := facts_of(each))
]
CHECKS = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = CAST(:table AS regclass) AND contype = 'c'
"""


def values_allowed(connection: Connection, table: str, name: str) -> set[str]:
    """Return the values of a CHECK such as `status IN ('Open', 'Closed')`."""
    checks = connection.execute(text(CHECKS), {"table": table}).scalars()
    of_column = [check for check in checks if re.match(rf"CHECK \(\({name} = ANY", check)]
    return {value for check in of_column for value in re.findall(r"'([^']*)'", check)}


@pytest.mark.parametrize(("kind", "each", "facts"), COLUMNS)
def test_declared_choices_of_a_column_are_the_values_that_the_database_allows(
    owner: Engine, kind: type[Entity], each: Column[Any], facts: Facts
) -> None:
    with owner.connect() as connection:
        allowed = values_allowed(connection, kind.__tablename__, each.name)
    assert {choice.value for choice in facts.choices} == allowed


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("kind", "each", "facts"), COLUMNS)
def test_columns_declared_editable_are_those_that_the_role_may_update_in_sql(
    owner: Engine, kind: type[Entity], each: Column[Any], facts: Facts, role: Role
) -> None:
    privilege = text("SELECT has_column_privilege(:role, :table, :column, 'UPDATE')")
    values = {"role": f"desk_{role.name}", "table": kind.__tablename__, "column": each.name}
    with owner.connect() as connection:
        granted = connection.scalar(privilege, values)
    assert facts.derived or facts.editable_by(role) == granted


@pytest.mark.parametrize("role", list(Role))
def test_records_declared_removable_are_those_that_the_role_may_delete_in_sql(
    owner: Engine, role: Role
) -> None:
    for kind in ENTITY_TYPES.values():
        if kind.removable is not None:
            may_delete = may(owner, role, kind.__tablename__, "DELETE")
            assert (role >= kind.removable) == may_delete, kind


@pytest.mark.parametrize("link", LINK_TYPES)
@pytest.mark.parametrize("role", list(Role))
def test_links_declared_editable_are_those_that_the_role_may_write_in_sql(
    owner: Engine, link: type[Link], role: Role
) -> None:
    for command in ("INSERT", "DELETE"):
        assert may(owner, role, link.__tablename__, command) == (role >= link.editable)


def may(owner: Engine, role: Role, table: str, command: str) -> bool:
    with owner.connect() as connection:
        query = text("SELECT has_table_privilege(:role, :table, :command)")
        values = {"role": f"desk_{role.name}", "table": table, "command": command}
        return bool(connection.scalar(query, values))


def test_declaring_a_column_without_a_label_is_refused() -> None:
    with pytest.raises(TypeError, match="without a label"):
        facts_of(Column("nickname"))


def test_declaring_a_colour_for_an_unknown_choice_is_refused() -> None:
    with pytest.raises(TypeError, match="Lost"):
        column("Status", tones={"Lost": "red"})


async def test_assigning_to_an_attribute_of_a_record_raises_an_error(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        ticket = await Ticket.get(ctx, 12)
        with pytest.raises(AttributeError, match="read-only"):
            ticket.status = "Closed"
        changed = await ticket.change(ctx, status="Closed")
    assert (ticket.status, changed.status) == ("Assigned", "Closed")
