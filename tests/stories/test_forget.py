"""`forget` deletes what the desk knows about a person and keeps the records of the desk."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot.cli.forget import forget
from services.errors import SetupError
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import (
    ActingAs,
    Thinking,
    answers,
    card_text,
    command,
    desk_with,
    said_in,
    settled,
)

pytestmark = pytest.mark.usefixtures("impatient_jobs")

EMAIL = "priya.raman@alderway.example"
NAME = "Priya Raman"
NEW_NAME = f"Former colleague USR-{PRIYA}"
NEW_EMAIL = f"usr-{PRIYA}@forgotten.invalid"

COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns JOIN pg_tables
    ON schemaname = table_schema AND tablename = table_name
WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb') AND is_generated = 'NEVER'
"""


def places(owner: Engine, words: str) -> set[str]:
    """Return the tables in which some column contains the text."""
    found = set()
    with owner.connect() as connection:
        for table, column in connection.execute(text(COLUMNS)).all():
            query = f"SELECT count(*) FROM {table} WHERE position(:words IN {column}::text) > 0"
            if connection.scalar(text(query), {"words": words}):
                found.add(table)
    return found


async def test_forgotten_person_leaves_no_name_address_or_text(
    desk: Desk, owner: Engine, fresh_database: str
) -> None:
    await command(desk, MARCUS, f"role USR-{PRIYA} technician")
    general = desk.slack.channel("general").id
    first = await desk.ask(PRIYA, "@Deskhand who is Marcus, says swordfish", general)
    await desk.ask(MARCUS, f"@Deskhand who is {NAME}?\n{EMAIL}", general, first.thread_ts)
    await desk.ask(PRIYA, "what laptop do I have, says swordfish")
    await desk.ask(DANIEL, f"find people {NAME}")
    await settled(desk)
    assert {"deliveries", "steps"} <= places(owner, "swordfish")
    assert {"people", "deliveries", "steps"} <= places(owner, NAME)
    told = forget(fresh_database, EMAIL.upper())
    assert f"USR-{PRIYA} is forgotten" in told
    assert "conversations with the desk: 2" in told
    for words in ("swordfish", EMAIL, desk.user(PRIYA)):
        assert places(owner, words) == set(), words
    assert places(owner, NAME) == {"tickets"}  # in the description of a colleague's ticket


async def test_records_of_a_forgotten_person_stay_under_a_placeholder_name(
    desk: Desk, acting_as: ActingAs, fresh_database: str
) -> None:
    told = forget(fresh_database, EMAIL)
    assert "tickets that they requested" in told
    assert NEW_NAME in await card_text(acting_as, DANIEL, "TKT-54")
    card = await card_text(acting_as, DANIEL, f"USR-{PRIYA}")
    assert NEW_EMAIL in card
    assert "Active: no" in card


async def test_forgetting_a_person_twice_changes_nothing_more(
    fresh_database: str, owner: Engine
) -> None:
    everything = text("SELECT * FROM people, (SELECT max(id) FROM events) AS last ORDER BY id")
    forget(fresh_database, EMAIL)
    with owner.connect() as connection:
        before = connection.execute(everything).all()
    with pytest.raises(SetupError, match=f"Nobody here has the email {EMAIL}"):
        forget(fresh_database, EMAIL)
    assert "is forgotten" in forget(fresh_database, NEW_EMAIL)
    with owner.connect() as connection:
        assert connection.execute(everything).all() == before


async def test_history_keeps_changes_by_a_forgotten_person_without_the_name(
    desk: Desk, fresh_database: str
) -> None:
    await desk.ask(PRIYA, "close TKT-54")
    await command(desk, MARCUS, f"role USR-{PRIYA} technician")
    forget(fresh_database, EMAIL)
    told = await command(desk, DANIEL, "audit TKT-54")
    assert f'"{NEW_NAME}" (USR-{PRIYA}), slack: Changed TKT-54' in told
    told = await command(desk, MARCUS, f"audit USR-{PRIYA}")
    assert "role requester → technician" in told
    assert NAME not in told
    assert EMAIL not in told


async def test_notes_and_tags_about_a_forgotten_person_are_deleted(
    acting_as: ActingAs, owner: Engine, fresh_database: str
) -> None:
    async with acting_as(DANIEL) as ctx:
        await TOOLS["add_note"](ctx, on=f"USR-{PRIYA}", text="On sick leave since May")
        await TOOLS["add_note"](ctx, on="TKT-12", text="Dock swapped")
    told = forget(fresh_database, EMAIL)
    with owner.connect() as connection:
        about = "SELECT count(*) FROM notes WHERE on_kind = 'USR' AND on_id = :id"
        assert connection.scalar(text(about), {"id": PRIYA}) == 0
    assert "notes about them: " in told
    assert "notes about them: 0" not in told
    assert places(owner, "sick leave") == set()
    assert "notes" in places(owner, "Dock swapped")


async def test_longer_names_in_the_history_that_contain_a_forgotten_name_stay(
    owner: Engine, fresh_database: str
) -> None:
    others = f"{NAME}son, {NAME}-Smith, x.{EMAIL}, {EMAIL}.au"
    with owner.begin() as connection:
        connection.execute(
            text("INSERT INTO threads (id, key, channel, thread_ts) VALUES (99, 'T', 'C', '1')")
        )
        connection.execute(
            text("INSERT INTO turns (thread_id, audience, answer) VALUES (99, 'private', :answer)"),
            {"answer": f"{others}, {NAME}: <{EMAIL.upper()}>."},
        )
    forget(fresh_database, EMAIL)
    with owner.connect() as connection:
        answer = connection.scalar(text("SELECT answer FROM turns"))
    assert answer == f"{others}, {NEW_NAME}: <{NEW_EMAIL}>."


async def test_forgotten_person_who_writes_again_is_added_as_a_new_person(
    desk: Desk, owner: Engine, fresh_database: str
) -> None:
    forget(fresh_database, EMAIL)
    await desk.runtime.queue.configure_task("synchronise").defer_async()
    await settled(desk)
    await desk.ask(PRIYA, "what laptop do I have")
    with owner.connect() as connection:
        query = text("SELECT name, email, slack_id, active FROM people WHERE id = :id")
        old = connection.execute(query, {"id": PRIYA}).one()
        new = connection.scalar(text("SELECT id FROM people WHERE email = :e"), {"e": EMAIL})
    assert tuple(old) == (NEW_NAME, NEW_EMAIL, None, False)
    assert new not in (None, PRIYA)


async def test_running_turn_ends_when_its_person_is_forgotten(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    thinking = Thinking()
    async with desk_with(fresh_database, tmp_path, thinking) as (desk, _):
        said = await said_in(desk, "@Deskhand swordfish")
        await thinking.begun.wait()
        forget(fresh_database, EMAIL)
        thinking.go.set()
        await settled(desk)
        assert answers(desk, said) == []
        assert places(owner, "swordfish") == set()
