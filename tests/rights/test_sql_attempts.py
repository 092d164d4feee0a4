"""Statements that would read or change more than the person may."""

import re

import pytest
from sqlalchemy import Engine, create_engine, text

from services.storage.accounts import owner_url
from tests.fixtures import DANIEL, EMRE, MARCUS, PRIYA
from tests.rights.sql import as_viewer, outcome, ticket
from tests.rights.world import ADMIN, REQUESTER, TECHNICIAN, World


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
        "UPDATE notes SET author_id = :me, text = 'x'",
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
        "SELECT app.sees(:me, 'admin', 'TKT', :other)",
        "SELECT app.sees_on(:me, 'admin', 'TKT', :other)",
        "SELECT * FROM app.record_rules",
        "UPDATE app.record_rules SET sees = 'true'",
        "SELECT app.compile_record_rules()",
        "SELECT * FROM app.searched",
        "UPDATE app.searched SET table_name = 'turns'",
        "SELECT * FROM steps",
        "SELECT * FROM deliveries",
        "CREATE TABLE mine (id int)",
    ],
)
def test_requester_role_is_refused_every_sql_statement_beyond_its_rights(
    login: Engine, world: World, statement: str
) -> None:
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
def test_requester_role_cannot_change_records_of_others_in_sql(
    login: Engine, world: World, statement: str
) -> None:
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
def test_technician_role_is_refused_every_sql_statement_beyond_its_rights(
    login: Engine, world: World, statement: str
) -> None:
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


def test_young_ticket_is_deleted_only_by_the_person_who_opened_it(login: Engine) -> None:
    actor = "SELECT set_config('app.person', :person, true)"
    with as_viewer(login, TECHNICIAN) as run:
        run("INSERT INTO tickets (requester_id, name) VALUES (:marcus, 'x')", marcus=MARCUS)
        run(actor, person=str(MARCUS))
        assert run("DELETE FROM tickets").rowcount == 0
        run(actor, person=str(DANIEL))
        assert run("DELETE FROM tickets").rowcount == 1


def test_admin_sees_a_private_ticket_only_after_joining_its_team(
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


def test_condition_in_a_viewers_query_is_never_evaluated_on_hidden_rows(login: Engine) -> None:
    with as_viewer(login, REQUESTER) as run:
        trap = "SELECT count(*) FROM tickets WHERE 1 / (CASE WHEN name ~ 'board' THEN 0 ELSE 1 END)"
        assert run(f"{trap} > 0").scalar() > 0
