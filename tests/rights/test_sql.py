"""The same rights in plain SQL, as the login role, with no tool in between."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from services.entities.base import KINDS
from services.storage.database import login_url, owner_url
from tests.fixtures import DANIEL, EMRE, HELENA, MARCUS, PRIYA
from tests.rights.world import (
    ADMIN,
    ELSEWHERE,
    REQUESTER,
    RULES,
    TECHNICIAN,
    VIEWERS,
    Viewer,
    World,
    tables_of_the_docs,
)

PEOPLE = ("desk_requester", "desk_technician", "desk_admin")
SERVICES = ("desk_worker", "desk_clock")
ROLES = (*PEOPLE, *SERVICES, "desk_import")
EVERYBODY = (*VIEWERS, ELSEWHERE)
WITHOUT_ROW_SECURITY = {"alembic_version"}
"""And procrastinate's own tables, which only services may touch."""

CHANGES = {
    "TKT": "UPDATE tickets SET status = 'Awaiting' WHERE id = :id",
    "MAC": "UPDATE machines SET status = 'Lost' WHERE id = :id",
    "USR": "UPDATE people SET department = 'Elsewhere' WHERE id = :id",
    "TEAM": "UPDATE teams SET description = 'changed' WHERE id = :id",
    "NOTE": "UPDATE notes SET text = 'changed' WHERE id = :id",
    "TAG": "UPDATE tags SET value = 'changed' WHERE id = :id",
}

WATCH = {
    "add": "INSERT INTO ticket_watchers VALUES (:ticket, :person)",
    "remove": "DELETE FROM ticket_watchers WHERE ticket_id = :ticket AND person_id = :person",
}

Sql = Callable[..., Any]


@pytest.fixture(scope="module")
def login(world: World) -> Iterator[Engine]:
    engine = create_engine(login_url(world.url))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def owner(world: World) -> Iterator[Connection]:
    engine = create_engine(owner_url(world.url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def acting(login: Engine, role: str, person: int | None = None, turn: str = "") -> Iterator[Sql]:
    """Statements as a role and a person; nothing of it stays."""
    with login.connect() as connection, connection.begin() as transaction:
        connection.execute(
            text(
                "SELECT set_config('role', :role, true), set_config('app.person', :person, true),"
                " set_config('app.turn', :turn, true)"
            ),
            {"role": role, "person": str(person or ""), "turn": turn},
        )
        connection.execute(text("SAVEPOINT before"))

        def run(statement: str, **values: Any) -> Any:
            return connection.execute(text(statement), values)

        yield run
        transaction.rollback()


@contextmanager
def as_viewer(login: Engine, viewer: Viewer) -> Iterator[Sql]:
    with acting(login, viewer.actor.principal.role, viewer.person) as run:
        yield run


def outcome(login: Engine, viewer: Viewer, statement: str, **values: Any) -> int | str:
    """How many rows it touched, or that Postgres refused."""
    with as_viewer(login, viewer) as run:
        return attempt(run, statement, **values)


def attempt(run: Sql, statement: str, **values: Any) -> int | str:
    """The same within a transaction that goes on as if nothing had been done."""
    try:
        return int(run(statement, **values).rowcount)
    except DBAPIError as error:
        if isinstance(error.orig, InsufficientPrivilege):
            return "refused"
        raise
    finally:
        run("ROLLBACK TO SAVEPOINT before")


# ---- the matrix


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_each_viewer_reads_the_rows_of_the_docs_and_no_others(
    login: Engine, world: World, viewer: Viewer, record_property: Any
) -> None:
    leaks = []
    with as_viewer(login, viewer) as run:
        for prefix, kind in KINDS.items():
            seen = {f"{prefix}-{row[0]}" for row in run(f"SELECT id FROM {kind.__tablename__}")}
            counted = run(f"SELECT count(*) FROM {kind.__tablename__}").scalar()
            expected = world.visible(viewer, f"{prefix}-")
            leaks += sorted(seen ^ expected)
            assert counted == len(expected)
    record_property("cells", len(world.rows))
    record_property("leaks", len(leaks))
    assert leaks == []


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_each_viewer_changes_the_rows_of_the_docs_and_no_others(
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
def test_notes_are_added_by_those_who_may_see_them(
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
def test_what_hangs_on_a_hidden_ticket_is_hidden_too(
    login: Engine, world: World, viewer: Viewer, record_property: Any
) -> None:
    seen = world.visible(viewer)
    with as_viewer(login, viewer) as run:
        links = {tuple(row) for row in run("SELECT ticket_id, machine_id FROM ticket_machines")}
        watchers = {tuple(row) for row in run("SELECT ticket_id, person_id FROM ticket_watchers")}
    assert links == {each for each in world.links if f"TKT-{each[0]}" in seen}
    assert watchers == {each for each in world.watchers if f"TKT-{each[0]}" in seen}
    record_property("cells", len(world.links) + len(world.watchers))


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda each: each.name)
def test_watchers_are_added_and_removed_by_those_of_the_docs(
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
def test_settings_and_channels_are_for_admins(
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


# ---- without a role, without a person


def test_without_a_role_permission_is_denied_everywhere(login: Engine, owner: Connection) -> None:
    tables = owner.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    for (table,) in tables:
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            login.connect() as connection,
        ):
            connection.execute(text(f"SELECT * FROM {table}"))


@pytest.mark.parametrize("role", PEOPLE)
def test_without_a_person_there_is_no_row(login: Engine, owner: Connection, role: str) -> None:
    with acting(login, role) as run:
        for table in readable_tables(owner, role):
            assert run(f"SELECT count(*) FROM {table}").scalar() == 0, table
        if role != "desk_requester":
            assert run("SELECT * FROM app.search_tickets('leaks')").all() == []
            assert run("SELECT app.staff_sees(1)").scalar() is False


def readable_tables(owner: Connection, role: str) -> list[str]:
    found = owner.execute(
        text(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege(:role, oid, 'SELECT')"
        ),
        {"role": role},
    )
    return [row[0] for row in found]


# ---- services


def test_services_read_of_the_history_only_what_turns_did(login: Engine, world: World) -> None:
    engine = create_engine(owner_url(world.url))
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.turn', '77', true)"))
        connection.execute(text("UPDATE people SET tz = 'Europe/Rome' WHERE id = 9"))
        connection.execute(text("SELECT set_config('app.turn', '', true)"))
        connection.execute(text("UPDATE people SET tz = 'Europe/Berlin' WHERE id = 9"))
    engine.dispose()
    with acting(login, "desk_worker") as run:
        turns = {row[0] for row in run("SELECT turn_id FROM events")}
    assert 77 in turns
    assert None not in turns


@pytest.mark.parametrize("role", ROLES)
def test_only_services_touch_the_queue(owner: Connection, role: str) -> None:
    found = owner.execute(
        text(
            "SELECT relname FROM pg_class WHERE relname LIKE 'procrastinate\\_%'"
            " AND relkind IN ('r', 'v', 'm') AND has_table_privilege(:role, oid, :all)"
        ),
        {"role": role, "all": "SELECT, INSERT, UPDATE, DELETE, TRUNCATE"},
    ).all()
    assert bool(found) == (role in SERVICES)


# ---- the fence has no gap


def test_every_table_is_secured_or_named(owner: Connection) -> None:
    open_tables = owner.execute(
        text(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relrowsecurity"
            " AND relname NOT LIKE 'procrastinate\\_%'"
        )
    )
    assert {row[0] for row in open_tables} == WITHOUT_ROW_SECURITY


def test_no_view_goes_round_the_policies(owner: Connection) -> None:
    views = owner.execute(
        text(
            "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm')"
            " AND relnamespace IN ('public'::regnamespace, 'app'::regnamespace)"
        )
    )
    assert views.all() == []


DEFINERS = {
    "limit_of": {*PEOPLE, "desk_worker"},
    "writes_from": set(PEOPLE),
    "holds": {*PEOPLE, "desk_worker"},
    "has_more": {*PEOPLE, "desk_worker"},
    "is_admitted": set(),
    "words_behind": {"desk_admin"},
    "staff_sees": {"desk_technician", "desk_admin"},
    "search_tickets": {"desk_technician", "desk_admin"},
    "touched_since": set(PEOPLE),
    "requested": {"desk_requester"},
    "requester_sees": {"desk_requester"},
    "just_left": {"desk_requester"},
    "record_event": set(),
}
"""Functions with the owner's rights, and who may call them."""


def test_functions_with_the_owners_rights_are_for_those_who_need_them(owner: Connection) -> None:
    found = owner.execute(
        text(
            "SELECT p.oid, proname, proconfig FROM pg_proc p WHERE prosecdef"
            " AND pronamespace NOT IN ('pg_catalog'::regnamespace,"
            " 'information_schema'::regnamespace)"
        )
    ).all()
    may = text("SELECT has_function_privilege(:role, CAST(:oid AS oid), 'EXECUTE')")
    callers = {
        row.proname: {
            role
            for role in ("desk_login", *ROLES)
            if owner.scalar(may, {"role": role, "oid": row.oid})
        }
        for row in found
    }
    assert callers == DEFINERS
    assert {tuple(row.proconfig) for row in found} == {("search_path=public, pg_temp",)}


def test_the_database_roles_are_those_of_the_docs(owner: Connection) -> None:
    rows = tables_of_the_docs()["Database roles"][1:]
    documented = {row[0]: row[1] == "yes" for row in rows}
    found = owner.execute(
        text(
            "SELECT rolname, rolcanlogin, rolinherit OR rolsuper OR rolbypassrls OR rolcreaterole"
            " OR rolcreatedb AS mighty FROM pg_roles WHERE rolname LIKE 'desk\\_%'"
        )
    ).all()
    assert {row.rolname: row.rolcanlogin for row in found} == documented
    assert not any(row.mighty for row in found)
    owned = "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) LIKE 'desk\\_%'"
    assert owner.scalar(text(owned)) == 0


# ---- attempts


def ticket(world: World, viewer: Viewer, relation: str, kind: str = "ticket") -> int:
    found = (k for k in world.made if world.relation(viewer, k) == (kind, relation))
    return int(next(found).split("-")[1])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people SET role = 'admin' WHERE id = :me",
        "UPDATE people SET slack_id = NULL WHERE id = :me",
        "INSERT INTO people (name, email) VALUES ('x', 'x@x.example')",
        "INSERT INTO team_members VALUES (1, :me)",
        "INSERT INTO ticket_watchers VALUES (:other, :me)",
        "INSERT INTO tickets (requester_id, name) VALUES (:emre, 'in his name')",
        "INSERT INTO tickets (requester_id, name, assignee_id) VALUES (:me, 'x', :emre)",
        "INSERT INTO tickets (id, requester_id, name) VALUES (:other, :me, 'is it there?')",
        "INSERT INTO tickets (requester_id, name, created_at) VALUES (:me, 'x', now())",
        "UPDATE tickets SET requester_id = :me",
        "UPDATE tickets SET assignee_id = :me",
        "UPDATE tickets SET private = false",
        "UPDATE tickets SET priority = 'Urgent' WHERE requester_id = :me",
        "UPDATE notes SET text = 'x'",
        "UPDATE notes SET internal = false",
        "INSERT INTO notes (on_kind, on_id, author_id, text) VALUES ('TKT', :own, :emre, 'x')",
        "INSERT INTO notes (on_kind, on_id, author_id, text) VALUES ('TKT', :other, :me, 'x')",
        "INSERT INTO notes (on_kind, on_id, author_id, text, internal)"
        " VALUES ('TKT', :own, :me, 'x', true)",
        "INSERT INTO tags (on_kind, on_id, key) VALUES ('TKT', :own, 'x')",
        "INSERT INTO ticket_machines VALUES (:own, :hidden_machine)",
        "INSERT INTO machines (name, type) VALUES ('x', 'Laptop')",
        "INSERT INTO events (surface, verb, table_name) VALUES ('x', 'INSERT', 'people')",
        "INSERT INTO steps (turn_id, message) VALUES (1, '{}')",
        "DELETE FROM people",
        "DELETE FROM events",
        "TRUNCATE tickets CASCADE",
        "SELECT app.staff_sees(:other)",
        "SELECT * FROM app.search_tickets('leaks')",
        "SELECT * FROM steps",
        "SELECT * FROM deliveries",
        "CREATE TABLE mine (id int)",
    ],
)
def test_a_requester_is_refused(login: Engine, world: World, statement: str) -> None:
    values = {
        "me": PRIYA,
        "emre": EMRE,
        "own": ticket(world, REQUESTER, "own"),
        "other": ticket(world, REQUESTER, "other"),
        "hidden_machine": ticket(world, REQUESTER, "other", "machine"),
    }
    used = {name: value for name, value in values.items() if re.search(rf":{name}\b", statement)}
    assert outcome(login, REQUESTER, statement, **used) == "refused"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tickets SET status = 'Closed' WHERE requester_id <> :me",
        "DELETE FROM tickets",
        "DELETE FROM notes",
        "DELETE FROM ticket_machines WHERE ticket_id <> ALL"
        " (ARRAY(SELECT id FROM tickets WHERE requester_id = :me))",
    ],
)
def test_a_requester_touches_nothing_of_others(login: Engine, world: World, statement: str) -> None:
    engine = create_engine(owner_url(world.url))
    with engine.begin() as connection:
        old = "SET created_at = now() - interval '1 hour' WHERE created_at > now() - interval '1 h'"
        for table in ("tickets", "notes"):
            connection.execute(text(f"UPDATE {table} {old}"))
    engine.dispose()
    used = {"me": PRIYA} if ":me" in statement else {}
    assert outcome(login, REQUESTER, statement, **used) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people SET role = 'admin' WHERE id = :me",
        "INSERT INTO team_members VALUES (4, :me)",
        "INSERT INTO ticket_watchers VALUES (:hidden, :me)",
        "INSERT INTO ticket_machines VALUES (:hidden, 1)",
        "INSERT INTO notes (on_kind, on_id, author_id, text) VALUES ('TKT', :hidden, :me, 'x')",
        "INSERT INTO notes (on_kind, on_id, author_id, text) VALUES ('TKT', :other, :emre, 'x')",
        "INSERT INTO notes (on_kind, on_id, author_id, text) VALUES ('NOTE', 1, :me, 'x')",
        "INSERT INTO tags (on_kind, on_id, key) VALUES ('TKT', :hidden, 'x')",
        "INSERT INTO tags (on_kind, on_id, key) VALUES ('NOTE', :hidden_note, 'x')",
        "UPDATE tags SET on_id = :hidden, key = 'moved' WHERE on_kind = 'TKT' AND on_id = :other",
        "UPDATE tickets SET id = :hidden WHERE id = :other",
        "UPDATE tickets SET created_at = now(), requester_id = :me WHERE id = :other",
        "UPDATE tickets SET private = true WHERE id = :other",
        "UPDATE notes SET internal = false",
    ],
)
def test_a_technician_is_refused(login: Engine, world: World, statement: str) -> None:
    hidden = ticket(world, TECHNICIAN, "other", "private ticket")
    values = {
        "me": DANIEL,
        "emre": EMRE,
        "other": ticket(world, TECHNICIAN, "other"),
        "hidden": hidden,
        "hidden_note": ticket(world, TECHNICIAN, "on a hidden record", "note"),
    }
    used = {name: value for name, value in values.items() if re.search(rf":{name}\b", statement)}
    assert outcome(login, TECHNICIAN, statement, **used) == "refused"


def test_a_private_ticket_is_hidden_from_an_admin_until_they_join_its_team(
    login: Engine, world: World
) -> None:
    row = next(
        row
        for key, row in world.rows.items()
        if key.startswith("TKT-")
        and row["team_id"]
        and world.relation(ADMIN, key) == ("private ticket", "other")
    )
    count = "SELECT count(*) FROM tickets WHERE id = :id"
    with as_viewer(login, ADMIN) as run:
        assert run(count, id=row["id"]).scalar() == 0
        run("INSERT INTO team_members VALUES (:team, :me)", team=row["team_id"], me=MARCUS)
        assert run(count, id=row["id"]).scalar() == 1
        joined = "SELECT actor_id FROM events WHERE table_name = 'team_members'"
        assert MARCUS in run(joined).scalars().all()


def test_a_filter_that_fails_on_hidden_rows_never_meets_them(login: Engine) -> None:
    with as_viewer(login, REQUESTER) as run:
        trap = "SELECT count(*) FROM tickets WHERE 1 / (CASE WHEN name ~ 'board' THEN 0 ELSE 1 END)"
        assert run(f"{trap} > 0").scalar() > 0


# ---- the history


def test_in_a_channel_a_technicians_history_is_that_of_a_requester(
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
def test_nobody_reads_in_the_history_what_others_did_to_hidden_records(
    login: Engine, world: World, viewer: Viewer
) -> None:
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


@pytest.mark.parametrize("viewer", [REQUESTER, TECHNICIAN, ADMIN], ids=lambda each: each.name)
def test_every_row_of_the_docs_is_tried(world: World, viewer: Viewer) -> None:
    tried = {world.relation(viewer, key) for key in world.made}
    assert RULES.keys() - tried == {("setting", "any"), ("channel", "any")}
