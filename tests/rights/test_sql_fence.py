"""No role, table, view or function bypasses row-level security."""

import re

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from services.storage.accounts import owner_url
from tests.rights.sql import PEOPLE, ROLES, SERVICES, acting
from tests.rights.world import World, tables_of_the_docs

WITHOUT_ROW_SECURITY = {"alembic_version"}
"""The tables without row-level security, besides procrastinate's, which only services may use."""


# ---- without a role, without a person


def test_login_without_a_role_is_denied_every_table(login: Engine, owner: Connection) -> None:
    tables = owner.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    for (table,) in tables:
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            login.connect() as connection,
        ):
            connection.execute(text(f"SELECT * FROM {table}"))


@pytest.mark.parametrize("role", PEOPLE)
def test_role_without_a_person_reads_no_rows(login: Engine, owner: Connection, role: str) -> None:
    with acting(login, role) as run:
        for table in readable_tables(owner, role):
            assert run(f"SELECT count(*) FROM {table}").scalar() == 0, table
        assert run("SELECT app.sees('TKT', 1)").scalar() is False
        assert run("SELECT app.sees_on('TKT', 1)").scalar() is False
        assert run("SELECT app.person_sees(1, 'TKT', 1)").scalar() is False
        assert run("SELECT * FROM app.found('TKT', 'leaks')").all() == []
        assert run("SELECT app.alike(1)").all() == []


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


def test_worker_and_clock_roles_read_only_events_of_turns(login: Engine, world: World) -> None:
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
def test_only_worker_and_clock_roles_use_the_job_queue(owner: Connection, role: str) -> None:
    found = owner.execute(
        text(
            "SELECT relname FROM pg_class WHERE relname LIKE 'procrastinate\\_%'"
            " AND relkind IN ('r', 'v', 'm') AND has_table_privilege(:role, oid, :all)"
        ),
        {"role": role, "all": "SELECT, INSERT, UPDATE, DELETE, TRUNCATE"},
    ).all()
    assert bool(found) == (role in SERVICES)


# ---- everything is covered


def test_every_table_has_row_level_security(owner: Connection) -> None:
    open_tables = owner.execute(
        text(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relrowsecurity"
            " AND relname NOT LIKE 'procrastinate\\_%'"
        )
    )
    assert {row[0] for row in open_tables} == WITHOUT_ROW_SECURITY


def test_no_database_view_bypasses_row_level_security(owner: Connection) -> None:
    views = owner.execute(
        text(
            "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm')"
            " AND relnamespace IN ('public'::regnamespace, 'app'::regnamespace)"
        )
    )
    assert views.all() == []


DEFINERS = {
    "limit_of(text,integer)": {*PEOPLE, "desk_worker"},
    "writes_from(integer,integer)": set(PEOPLE),
    "holds(bigint,text)": {*PEOPLE, "desk_worker"},
    "has_more(bigint)": {*PEOPLE, "desk_worker"},
    "sees(text,bigint)": set(PEOPLE),
    "sees_on(text,bigint)": set(PEOPLE),
    "person_sees(bigint,text,bigint)": set(PEOPLE),
    "words_behind(bigint)": {"desk_admin"},
    "found(text,text)": set(PEOPLE),
    "alike(bigint)": set(PEOPLE),
    "first_answer(bigint)": set(PEOPLE),
    "touched_since(bigint)": set(PEOPLE),
    "readers(text,bigint,text[])": set(PEOPLE),
    "requested(bigint)": {"desk_requester"},
    "just_left(bigint)": {"desk_requester"},
    "opened(bigint)": set(PEOPLE),
    "closed_before(bigint)": set(PEOPLE),
    "delete_words(text,text)": {"desk_worker"},
    "delete_old_threads(integer)": {"desk_clock"},
    "last_turn()": set(PEOPLE),
    "attached(text,bigint[])": {"desk_import"},
    "last_set(text,bigint[])": {"desk_import"},
    "relink(bigint,text)": {"desk_admin"},
    "allow_guests(boolean)": {"desk_admin"},
    "guests_allowed()": {"desk_worker", "desk_clock"},
    "take_over(bigint,text,text)": {"desk_worker", "desk_clock"},
    "is_undone(bigint)": {*PEOPLE, "desk_worker"},
    "budget()": {*PEOPLE, "desk_worker"},
    "hidden_from_models()": set(PEOPLE),
    "hidden_from_models_since()": {"desk_worker"},
    "transcript_days(integer)": {*PEOPLE, "desk_clock"},
    "budget_is_spent(bigint)": {"desk_worker"},
    "count_cost()": set(),
    "zero_retention()": {*PEOPLE, "desk_worker"},
    "list_models(text[],text,bigint,text)": {"desk_worker"},
    "choose_model(bigint,text)": set(PEOPLE),
    "rate_answer(bigint,text,text)": set(PEOPLE),
    "feedback(integer)": {"desk_admin"},
    "own_conversations(bigint,integer)": set(PEOPLE),
    "own_conversation(bigint)": set(PEOPLE),
    "delete_own_conversation(bigint)": set(PEOPLE),
    "show_undone()": set(),
    "record_event()": set(),
    "sign_out()": set(),
    "defer_subscribers()": set(),
}
"""The functions that run with the owner's rights (SECURITY DEFINER), and who may call them."""


def test_functions_with_the_owners_rights_are_granted_as_listed(owner: Connection) -> None:
    found = owner.execute(
        text(
            "SELECT p.oid, CAST(p.oid AS regprocedure)::text AS signature, proconfig"
            " FROM pg_proc p WHERE prosecdef"
            " AND pronamespace NOT IN ('pg_catalog'::regnamespace,"
            " 'information_schema'::regnamespace)"
        )
    ).all()
    may = text("SELECT has_function_privilege(:role, CAST(:oid AS oid), 'EXECUTE')")
    callers = {
        row.signature.removeprefix("app."): {
            role
            for role in ("desk_login", *ROLES)
            if owner.scalar(may, {"role": role, "oid": row.oid})
        }
        for row in found
    }
    assert callers == DEFINERS
    settings = {row.signature: row.proconfig for row in found}
    assert set(settings.pop("app.found(text,text)")) == {
        "search_path=public, pg_temp",
        "enable_seqscan=off",
        "max_parallel_workers_per_gather=0",
        "random_page_cost=1.1",
        "work_mem=16MB",
    }
    assert {tuple(each) for each in settings.values()} == {("search_path=public, pg_temp",)}


def test_database_roles_match_the_docs(owner: Connection) -> None:
    rows = tables_of_the_docs()["Database roles"][1:]
    documented = {row[0]: row[1] == "yes" for row in rows}
    found = owner.execute(
        text(
            "SELECT rolname, rolcanlogin, rolinherit OR rolsuper OR rolbypassrls OR rolcreaterole"
            " OR rolcreatedb AS mighty FROM pg_roles WHERE rolname LIKE 'desk\\_%'"
        )
    ).all()
    names = {row.rolname: re.sub(r"^desk_login_\w+", "desk_login_…", row.rolname) for row in found}
    assert {names[row.rolname]: row.rolcanlogin for row in found} == documented
    assert not any(row.mighty for row in found)
    owned = "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) LIKE 'desk\\_%'"
    assert owner.scalar(text(owned)) == 0


@pytest.mark.parametrize("role", PEOPLE)
def test_role_that_may_insert_rows_with_history_may_delete_them(
    owner: Connection, role: str
) -> None:
    found = owner.execute(
        text(
            "SELECT relname, has_table_privilege(:role, c.oid, 'DELETE') AS undone FROM pg_class c"
            " JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = 'record_event'"
            " WHERE has_any_column_privilege(:role, c.oid, 'INSERT')"
        ),
        {"role": role},
    ).all()
    assert {"tickets", "notes", "ticket_watchers"} <= {row.relname for row in found}
    assert [row.relname for row in found if not row.undone] == []
