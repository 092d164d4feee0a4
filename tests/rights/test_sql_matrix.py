"""The table of docs/rights.md in plain SQL: which rows each viewer reads and changes."""

from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from services.context import Role
from services.entities import sql
from services.entities.base import Entity
from services.entities.column import is_text
from services.entities.registry import ENTITY_TYPES
from services.storage.accounts import owner_url
from tests.fixtures import DANIEL, EMRE, HELENA, PRIYA
from tests.rights.sql import EVERYBODY, as_viewer, attempt, outcome, ticket
from tests.rights.world import (
    ADMIN,
    BETWEEN,
    ELSEWHERE,
    REQUESTER,
    RULES,
    TECHNICIAN,
    Viewer,
    World,
)


def change_of(kind: type[Entity]) -> str:
    """Return the SQL that changes the last text of a record that people may edit."""
    columns = sql.columns_of(kind)
    texts = [
        name for name, facts in kind.facts().items() if facts.editable and is_text(columns[name])
    ]
    column = columns[texts[-1]].name
    return f"UPDATE {kind.__tablename__} SET {column} = 'changed' WHERE id = :id"


CHANGES = {prefix: change_of(kind) for prefix, kind in ENTITY_TYPES.items()}

WATCH = {
    "add": "INSERT INTO ticket_watchers VALUES (:ticket, :person)",
    "remove": "DELETE FROM ticket_watchers WHERE ticket_id = :ticket AND person_id = :person",
}


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_each_viewer_reads_exactly_the_rows_that_the_docs_allow(
    login: Engine, world: World, viewer: Viewer, record_property: Any
) -> None:
    leaks = []
    with as_viewer(login, viewer) as run:
        for prefix, kind in ENTITY_TYPES.items():
            seen = {f"{prefix}-{row[0]}" for row in run(f"SELECT id FROM {kind.__tablename__}")}
            counted = run(f"SELECT count(*) FROM {kind.__tablename__}").scalar()
            expected = world.visible(viewer, f"{prefix}-")
            leaks += sorted(seen ^ expected)
            assert counted == len(expected)
    record_property("cells", len(world.rows))
    record_property("leaks", len(leaks))
    assert leaks == []


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_each_viewer_changes_exactly_the_rows_that_the_docs_allow(
    login: Engine, world: World, viewer: Viewer, record_property: Any
) -> None:
    leaks = []
    with as_viewer(login, viewer) as run:
        for key in world.made:
            prefix, number = key.split("-")
            changed = attempt(run, CHANGES[prefix], id=int(number)) == 1
            leaks += [key] if changed != world.may(viewer, key).endswith("change") else []
    record_property("cells", len(world.made))
    record_property("leaks", len(leaks))
    assert leaks == []


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_people_add_notes_only_to_records_that_they_see(
    login: Engine, world: World, viewer: Viewer, record_property: Any
) -> None:
    notes = {key: world.rows[key] for key in world.made if key.startswith("NOTE-")}
    leaks = []
    with as_viewer(login, viewer) as run:
        for key, row in notes.items():
            added = attempt(
                run,
                "INSERT INTO notes (on_kind, on_id, author_id, text, internal)"
                " VALUES (:on_kind, :on_id, :author, 'mine', :internal)",
                author=viewer.person or EMRE,
                **{name: row[name] for name in ("on_kind", "on_id", "internal")},
            )
            leaks += [key] if (added == 1) != world.sees(viewer, key) else []
    record_property("cells", len(notes))
    record_property("leaks", len(leaks))
    assert leaks == []


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_links_and_watchers_of_hidden_tickets_are_hidden(
    login: Engine, world: World, viewer: Viewer, record_property: Any
) -> None:
    seen = world.visible(viewer)
    with as_viewer(login, viewer) as run:
        links = {tuple(row) for row in run("SELECT ticket_id, machine_id FROM ticket_machines")}
        watchers = {tuple(row) for row in run("SELECT ticket_id, person_id FROM ticket_watchers")}
        between = {
            table: {tuple(row) for row in run(f"SELECT * FROM {table}")} for table in BETWEEN
        }
    assert links == {each for each in world.links if f"TKT-{each[0]}" in seen}
    assert watchers == {each for each in world.watchers if f"TKT-{each[0]}" in seen}
    for table, pairs in world.between.items():
        assert between[table] == {
            (first, second) for first, second in pairs if {f"TKT-{first}", f"TKT-{second}"} <= seen
        }
    record_property("cells", len(world.links) + len(world.watchers))


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_watchers_change_only_the_rows_that_the_docs_allow(
    login: Engine, world: World, viewer: Viewer, record_property: Any
) -> None:
    leaks, tried = [], 0
    with as_viewer(login, viewer) as run:
        for key in (each for each in world.made if each.startswith("TKT-")):
            for person in (HELENA, EMRE, viewer.person or PRIYA):
                watch = {"ticket": int(key.split("-")[1]), "person": person}
                verb = "remove" if tuple(watch.values()) in world.watchers else "add"
                done = attempt(run, WATCH[verb], **watch) == 1
                leaks += [] if done == (verb in world.may_watch(viewer, key, person)) else [key]
                tried += 1
    record_property("cells", tried)
    record_property("leaks", len(leaks))
    assert leaks == []


@pytest.mark.parametrize("table", ["setting", "channel"])
@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_only_admins_read_and_change_settings_and_channels_in_sql(
    login: Engine, world: World, viewer: Viewer, table: str
) -> None:
    statement = {
        "setting": "INSERT INTO settings VALUES ('limit', '1')",
        "channel": "INSERT INTO channels VALUES ('C1', true)",
    }[table]
    allowed = world.cell(viewer.column, table, "any") == "see, change"
    assert outcome(login, viewer, statement) == (1 if allowed else "refused")
    listed = outcome(login, viewer, f"SELECT * FROM {table}s")
    assert listed == (0 if allowed else "refused")


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_list_of_models_is_read_by_everybody_and_changed_only_by_admins(
    login: Engine, world: World, viewer: Viewer
) -> None:
    rule = world.cell(viewer.column, "language model", "any")
    changed = outcome(login, viewer, "UPDATE models SET keeps_nothing = true")
    assert changed == (1 if rule.endswith("change") else "refused")
    listed = outcome(login, viewer, "SELECT * FROM models")
    assert listed == (1 if rule.startswith("see") else 0)


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_model_preferences_of_other_people_are_hidden(login: Engine, viewer: Viewer) -> None:
    chosen = "INSERT INTO preferences VALUES (:person, 'stock/model')"
    with as_viewer(login, viewer) as run:
        assert attempt(run, chosen, person=HELENA) == "refused"
        if viewer.person:
            run(chosen, person=viewer.person)
        read = run("SELECT person_id FROM preferences").scalars().all()
        assert read == [viewer.person][: bool(viewer.person)]


def test_technicians_in_channels_read_only_the_history_that_a_requester_reads(
    login: Engine, world: World
) -> None:
    other, own = ticket(world, ELSEWHERE, "other"), ticket(world, TECHNICIAN, "own")
    mine = f"SELECT record_id FROM events WHERE actor_id = {DANIEL} AND table_name = 'tickets'"
    with as_viewer(login, TECHNICIAN) as run:
        for number in (other, own):
            run("UPDATE tickets SET priority = 'High' WHERE id = :id", id=number)
        assert set(run(mine).scalars()) == {other, own}
        run("SELECT set_config('role', 'none', true)")
        run("SELECT set_config('role', 'desk_requester', true)")
        assert set(run(mine).scalars()) == {own}


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_history_of_hidden_records_is_hidden(login: Engine, world: World, viewer: Viewer) -> None:
    engine = create_engine(owner_url(world.url))
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("UPDATE tickets SET priority = 'Low', closed_at = NULL"))
        connection.execute(text("UPDATE notes SET text = text || '.'"))
        connection.execute(
            text("SELECT set_config('role', :role, true), set_config('app.person', :person, true)"),
            {"role": viewer.actor.principal.role, "person": str(viewer.person or "")},
        )
        rows = connection.execute(text("SELECT table_name, record_id FROM events")).all()
        transaction.rollback()
    engine.dispose()
    prefixes = {"tickets": "TKT", "notes": "NOTE"}
    told = {f"{prefixes[table]}-{number}" for table, number in rows if table in prefixes}
    assert not told - world.visible(viewer)


@pytest.mark.parametrize("table", BETWEEN)
@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_history_leaves_out_links_to_hidden_tickets(
    login: Engine, world: World, viewer: Viewer, table: str
) -> None:
    """Requesters read only their own changes; staff read their own, whatever they are about."""
    actor = EMRE if viewer.actor.effective_role > Role.requester else viewer.person or EMRE
    engine = create_engine(owner_url(world.url))
    with engine.connect() as connection, connection.begin() as transaction:
        act = text("SELECT set_config('app.person', :person, true)")
        connection.execute(act, {"person": str(actor)})
        connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(act, {"person": str(viewer.person or "")})
        role = text("SELECT set_config('role', :role, true)")
        connection.execute(role, {"role": viewer.actor.principal.role})
        query = f"SELECT before FROM events WHERE table_name = '{table}'"
        told = {tuple(row[0].values()) for row in connection.execute(text(query))}
        transaction.rollback()
    engine.dispose()
    seen = world.visible(viewer)
    assert all({f"TKT-{number}" for number in pair} <= seen for pair in told)


@pytest.mark.parametrize("viewer", [REQUESTER, TECHNICIAN, ADMIN], ids=lambda each: each.name)
def test_every_relation_in_the_rights_docs_is_tested_with_a_record(
    world: World, viewer: Viewer
) -> None:
    tried = {world.relation(viewer, key) for key in world.made}
    assert RULES.keys() - tried == {
        ("setting", "any"),
        ("channel", "any"),
        ("language model", "any"),
    }
