"""Who reads the request behind a change, and when a change counts as overtaken by a newer one."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text

from services.storage.accounts import owner_url
from tests.fixtures import DANIEL, EMRE, MARCUS, PRIYA
from tests.rights.sql import ticket
from tests.rights.world import ADMIN, World

TURN = 70_000
SECRET = "The merger with Nordwind is on TKT-1"

# Each belongs to the hidden ticket, by one way or another.
HIDDEN_CHANGES = {
    "ticket": "UPDATE tickets SET priority = 'Urgent' WHERE id = :hidden",
    "note": "INSERT INTO notes (on_kind, on_id, author_id, text)"
    " VALUES ('TKT', :hidden, :emre, 'x')",
    "internal note": "INSERT INTO notes (on_kind, on_id, author_id, text, internal)"
    " VALUES ('TKT', :hidden, :emre, 'x', true)",
    "deleted note": "DELETE FROM notes WHERE on_kind = 'TKT' AND on_id = :hidden",
    "tag": "INSERT INTO tags (on_kind, on_id, key) VALUES ('TKT', :hidden, 'merger')",
    "tag on a note": "INSERT INTO tags (on_kind, on_id, key) SELECT 'NOTE', id, 'merger' FROM notes"
    " WHERE on_kind = 'TKT' AND on_id = :hidden",
    "watcher": "INSERT INTO ticket_watchers VALUES (:hidden, :emre)",
    "machine": "INSERT INTO ticket_machines VALUES (:hidden, 2)",
}
VISIBLE_CHANGE = "UPDATE tickets SET priority = 'Urgent' WHERE id = :visible"


@pytest.fixture
def owner(world: World) -> Iterator[Connection]:
    """Yield a transaction of the owner that is rolled back."""
    engine = create_engine(owner_url(world.url))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def become(owner: Connection, role: str, person: int) -> None:
    """Act as the person from here on; with the role `none`, as the owner."""
    owner.execute(
        text("SELECT set_config('role', :role, true), set_config('app.person', :person, true)"),
        {"role": role, "person": str(person)},
    )


def change(owner: Connection, world: World, statements: list[str], turn: int = TURN) -> None:
    """Run the statements as one turn of the ticket's requester."""
    become(owner, "none", EMRE)
    owner.execute(text(f"SELECT set_config('app.turn', '{turn}', true)"))
    values = {
        "hidden": ticket(world, ADMIN, "other", "private ticket"),
        "visible": ticket(world, ADMIN, "other"),
        "emre": EMRE,
    }
    for each in statements:
        used = {name: value for name, value in values.items() if f":{name}" in each}
        assert owner.execute(text(each), used).rowcount
    owner.execute(text("SELECT set_config('app.turn', '', true)"))


def words(owner: Connection) -> str | None:
    become(owner, "desk_admin", MARCUS)
    return owner.scalar(text(f"SELECT app.words_behind({TURN})"))


@pytest.fixture
def asked(owner: Connection) -> Connection:
    """Insert a turn whose request contains the secret."""
    message = json.dumps({"role": "user", "content": SECRET})
    for statement in (
        f"INSERT INTO threads (id, key, channel, thread_ts) VALUES ({TURN}, 'T:D:7', 'D', '7')",
        f"INSERT INTO turns (id, thread_id, person_id, audience)"
        f" VALUES ({TURN}, {TURN}, {EMRE}, 'private')",
    ):
        owner.execute(text(statement))
    step = text(f"INSERT INTO steps (turn_id, message) VALUES ({TURN}, CAST(:message AS jsonb))")
    owner.execute(step, {"message": message})
    return owner


def test_admins_read_the_message_that_led_to_a_change_they_may_see(
    asked: Connection, world: World
) -> None:
    change(asked, world, [VISIBLE_CHANGE])
    assert words(asked) == SECRET


@pytest.mark.parametrize("hidden", HIDDEN_CHANGES)
@pytest.mark.parametrize("others", [[], [VISIBLE_CHANGE]], ids=["alone", "beside a visible one"])
def test_admins_do_not_read_the_message_that_led_to_a_change_hidden_from_them(
    asked: Connection, world: World, hidden: str, others: list[str]
) -> None:
    change(asked, world, [HIDDEN_CHANGES[hidden], *others])
    assert words(asked) is None


def test_admins_do_not_read_the_message_of_a_turn_without_changes(asked: Connection) -> None:
    assert words(asked) is None


@pytest.mark.parametrize("hidden", [name for name in HIDDEN_CHANGES if name != "ticket"])
def test_weaker_check_of_only_tickets_would_reveal_a_hidden_message(
    asked: Connection, world: World, hidden: str
) -> None:
    """The tests above notice a protection that checks only tickets."""
    asked.execute(
        text(
            "CREATE OR REPLACE FUNCTION app.words_behind(turn bigint) RETURNS text LANGUAGE sql"
            " STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
            " SELECT message ->> 'content' FROM steps WHERE turn_id = turn"
            " AND NOT EXISTS (SELECT FROM events e WHERE e.turn_id = turn"
            " AND e.table_name = 'tickets' AND NOT app.sees(app.person(), app.role(),"
            " e.subject_type, e.subject_id)) LIMIT 1 $$"
        )
    )
    change(asked, world, [HIDDEN_CHANGES[hidden], VISIBLE_CHANGE])
    assert words(asked) == SECRET


@pytest.mark.parametrize("hidden", HIDDEN_CHANGES)
def test_staff_read_no_event_of_a_hidden_record(
    owner: Connection, world: World, hidden: str
) -> None:
    change(owner, world, [HIDDEN_CHANGES[hidden]])
    become(owner, "desk_admin", MARCUS)
    assert owner.execute(text(f"SELECT * FROM events WHERE turn_id = {TURN}")).all() == []


# ---- what is newer than a change


@pytest.mark.parametrize(
    ("first", "then", "touched"),
    [
        (HIDDEN_CHANGES["ticket"], HIDDEN_CHANGES["note"], True),
        (HIDDEN_CHANGES["ticket"], HIDDEN_CHANGES["tag"], True),
        (HIDDEN_CHANGES["ticket"], HIDDEN_CHANGES["watcher"], True),
        (HIDDEN_CHANGES["ticket"], VISIBLE_CHANGE, False),
        (HIDDEN_CHANGES["note"], HIDDEN_CHANGES["ticket"], False),
        (HIDDEN_CHANGES["note"], HIDDEN_CHANGES["note"], False),
    ],
)
def test_change_counts_as_overtaken_only_after_a_newer_change_of_its_record(
    owner: Connection, world: World, first: str, then: str, touched: bool
) -> None:
    change(owner, world, [first])
    event = owner.scalar(text(f"SELECT max(id) FROM events WHERE turn_id = {TURN}"))
    change(owner, world, [then], turn=TURN + 1)
    become(owner, "desk_requester", EMRE)
    asked = text("SELECT app.touched_since(:event)")
    assert owner.scalar(asked, {"event": event}) is touched


@pytest.mark.parametrize("person", [PRIYA, DANIEL])
def test_only_the_author_learns_that_a_change_was_overtaken(
    owner: Connection, world: World, person: int
) -> None:
    change(owner, world, [HIDDEN_CHANGES["ticket"]])
    event = owner.scalar(text(f"SELECT max(id) FROM events WHERE turn_id = {TURN}"))
    change(owner, world, [HIDDEN_CHANGES["note"]], turn=TURN + 1)
    become(owner, "desk_requester", person)
    assert owner.scalar(text("SELECT app.touched_since(:event)"), {"event": event}) is False


# ---- settings, of which people may know the limits

SETTINGS = {
    "token": '"xoxb-secret"',
    "turns_per_person": '"xoxb-secret"',
    "writes_per_person": '{"a": 1}',
    "port": "8080",
    "turns_per_workspace": "250",
}


@pytest.mark.parametrize("name", [*SETTINGS, "absent", "writes_per_workspace", "", "%"])
def test_sql_function_for_limits_returns_no_other_setting(owner: Connection, name: str) -> None:
    insert = text("INSERT INTO settings VALUES (:key, CAST(:value AS jsonb))")
    owner.execute(insert, [{"key": key, "value": value} for key, value in SETTINGS.items()])
    become(owner, "desk_requester", PRIYA)
    found = owner.scalar(text("SELECT app.limit_of(:name, 7)"), {"name": name})
    assert found == (250 if name == "turns_per_workspace" else 7)
