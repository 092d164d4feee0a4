"""`app.sees` and its variants follow docs/rights.md, and reveal no hidden record."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from services.entities.registry import ENTITY_TYPES
from tests.fixtures import DANIEL, MARCUS, PRIYA
from tests.rights.sql import EVERYBODY, Sql, as_viewer, ticket
from tests.rights.world import ABSENT, ADMIN, REQUESTER, TECHNICIAN, Viewer, World

OTHERS = (REQUESTER, TECHNICIAN, ADMIN)


def named(viewer: Viewer) -> str:
    return viewer.name


def answers(run: Sql, world: World, question: str, **values: Any) -> set[str]:
    """Return the records for which the SQL function returns true, by one statement."""
    types, numbers = zip(*(key.split("-") for key in world.rows), strict=True)
    rows = run(
        f"SELECT type || '-' || number FROM unnest(CAST(:types AS text[]),"
        f" CAST(:numbers AS bigint[])) AS asked (type, number) WHERE {question}",
        types=list(types),
        numbers=[int(number) for number in numbers],
        **values,
    )
    return set(rows.scalars())


@pytest.mark.parametrize("viewer", EVERYBODY, ids=named)
def test_sql_function_app_sees_answers_as_the_docs_say(
    login: Engine, world: World, viewer: Viewer, record_property: Callable[[str, Any], None]
) -> None:
    with as_viewer(login, viewer) as run:
        assert answers(run, world, "app.sees(type, number)") == world.visible(viewer)
    record_property("cells", len(world.rows))


@pytest.mark.parametrize("other", OTHERS, ids=named)
@pytest.mark.parametrize("viewer", EVERYBODY, ids=named)
def test_sql_function_person_sees_is_true_only_if_caller_and_person_both_see_a_record(
    login: Engine,
    world: World,
    viewer: Viewer,
    other: Viewer,
    record_property: Callable[[str, Any], None],
) -> None:
    with as_viewer(login, viewer) as run:
        seen = answers(run, world, "app.person_sees(:other, type, number)", other=other.person)
    assert seen == world.visible(viewer) & world.visible(other)
    record_property("cells", len(world.rows))


@pytest.mark.parametrize("other", [ABSENT, None])
def test_sql_function_person_sees_is_false_without_a_person(
    login: Engine, world: World, other: int | None
) -> None:
    with as_viewer(login, ADMIN) as run:
        assert answers(run, world, "app.person_sees(:other, type, number)", other=other) == set()


def test_sql_function_person_sees_is_false_for_an_inactive_person(
    login: Engine, world: World
) -> None:
    asked = f"SELECT app.person_sees({DANIEL}, 'TKT', {ticket(world, TECHNICIAN, 'other')})"
    with as_viewer(login, ADMIN) as run:
        assert run(asked).scalar() is True
        run(f"UPDATE people SET active = false WHERE id = {DANIEL}")
        assert run(asked).scalar() is False


def test_sql_function_person_sees_uses_that_persons_own_role(login: Engine, world: World) -> None:
    number = ticket(world, REQUESTER, "other")
    with as_viewer(login, ADMIN) as run:
        asked = f"SELECT app.person_sees({PRIYA}, 'TKT', {number})"
        assert run(asked).scalar() is False
        run(f"UPDATE people SET role = 'technician' WHERE id = {PRIYA}")
        assert run(asked).scalar() is True


@pytest.mark.parametrize("kind", [*ENTITY_TYPES, "NONE", "", "tkt"])
@pytest.mark.parametrize("number", [ABSENT, -1, 0])
def test_requesters_learn_nothing_about_absent_tickets_and_notes(
    login: Engine, world: World, kind: str, number: int
) -> None:
    with as_viewer(login, REQUESTER) as run:
        for function in ("sees", "sees_on"):
            seen = run(f"SELECT app.{function}(:kind, :number)", kind=kind, number=number).scalar()
            public = function == "sees" and kind in ("USR", "TEAM")
            assert seen is public


@pytest.mark.parametrize("caller", [f"{PRIYA}, 'admin'", f"{MARCUS}, 'admin'"])
def test_nobody_may_call_app_sees_for_another_person(
    login: Engine, world: World, caller: str
) -> None:
    with as_viewer(login, REQUESTER) as run:
        with pytest.raises(Exception, match="permission denied for function sees"):
            run(f"SELECT app.sees({caller}, 'TKT', 1)")
        run("ROLLBACK TO SAVEPOINT before")
