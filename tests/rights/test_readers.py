"""`app.readers` names everybody who sees a record, and reveals no hidden record."""

import pytest
from sqlalchemy import Connection, Engine, text

from tests.fixtures import DANIEL, PRIYA
from tests.rights.sql import EVERYBODY, PEOPLE, Sql, acting, as_viewer, ticket
from tests.rights.world import ABSENT, ADMIN, REQUESTER, STRANGER, TECHNICIAN, Viewer, World


def readers(run: Sql, key: str, *records: str) -> dict[str, list[str]]:
    """Return the records that each reader of `key` may not see."""
    kind, number = key.split("-")
    rows = run(
        "SELECT reader, unseen FROM app.readers(:kind, :number, :records)",
        kind=kind,
        number=int(number),
        records=list(records),
    )
    return {row.reader: row.unseen for row in rows}


@pytest.mark.parametrize("viewer", [REQUESTER, TECHNICIAN, ADMIN], ids=lambda each: each.name)
def test_readers_of_a_record_are_all_active_people_who_see_it(
    login: Engine, owner: Connection, world: World, viewer: Viewer
) -> None:
    query = "SELECT id, role FROM people WHERE active AND id <> :me"
    people = owner.execute(text(query), {"me": viewer.person}).all()
    sees = text("SELECT app.sees(:id, :role, :kind, :number)")
    with as_viewer(login, viewer) as run:
        for key in sorted(world.visible(viewer) & set(world.made)):
            kind, number = key.split("-")
            found = readers(run, key).keys()
            for person in people:
                values = {"id": person.id, "role": person.role, "kind": kind, "number": number}
                named = f"USR-{person.id}" in found or person.role in found
                assert named is owner.scalar(sees, values), (key, person)


def test_each_reader_is_returned_with_the_records_they_may_not_see(
    login: Engine, world: World
) -> None:
    watched, other = (f"TKT-{ticket(world, REQUESTER, each)}" for each in ("watched", "other"))
    with as_viewer(login, ADMIN) as run:
        found = readers(run, watched, watched, other)
    assert found[f"USR-{PRIYA}"] == [other]
    assert found["technician"] == []


@pytest.mark.parametrize("viewer", [*EVERYBODY, STRANGER], ids=lambda each: each.name)
def test_hidden_and_absent_records_have_the_same_readers(
    login: Engine, world: World, viewer: Viewer
) -> None:
    absent = f"TKT-{ABSENT}"
    with as_viewer(login, viewer) as run:
        for key in sorted(set(world.made) - world.visible(viewer)):
            assert readers(run, key, absent) == {"unknown": [absent]}
            for seen in sorted(world.visible(viewer) & set(world.made))[:3]:
                found = readers(run, seen, key, absent)
                assert all(unseen == [key, absent] for unseen in found.values())


def test_inactive_people_are_not_among_the_readers_of_a_record(login: Engine, world: World) -> None:
    key = f"TKT-{ticket(world, REQUESTER, 'watched')}"
    with as_viewer(login, ADMIN) as run:
        assert f"USR-{PRIYA}" in readers(run, key)
        run(f"UPDATE people SET active = false WHERE id = {PRIYA}")
        assert f"USR-{PRIYA}" not in readers(run, key)


@pytest.mark.parametrize("role", PEOPLE)
def test_only_the_database_owner_may_call_the_function_related_people(
    login: Engine, role: str
) -> None:
    with acting(login, role, DANIEL) as run:
        with pytest.raises(Exception, match="permission denied for function related_people"):
            run("SELECT app.related_people('TKT', 1)")
        run("ROLLBACK TO SAVEPOINT before")
