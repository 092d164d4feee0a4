"""Conversations that are older than TRANSCRIPT_DAYS are deleted; records and history stay."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from services.errors import SetupError
from services.settings import Settings
from services.storage.database import CLOCK
from tests.fixtures import DANIEL, MARCUS, Desk, open_desk
from tests.stories.telling import command, settled, told

pytestmark = pytest.mark.usefixtures("impatient_jobs")

TABLES = ("threads", "turns", "steps", "consents", "deliveries", "outbox")


async def clean_up(desk: Desk) -> None:
    await settled(desk)
    await desk.runtime.queue.configure_task("clean_up").defer_async()
    await settled(desk)


def age(owner: Engine, days: int) -> None:
    """Make all stored messages older."""
    with owner.begin() as connection:
        for table, column in (
            ("threads", "created_at"),
            ("turns", "created_at"),
            ("deliveries", "received_at"),
        ):
            statement = f"UPDATE {table} SET {column} = {column} - make_interval(days => :days)"
            connection.execute(text(statement), {"days": days})


def counts(owner: Engine) -> dict[str, Any]:
    with owner.connect() as connection:
        return {table: connection.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES}


async def test_old_conversation_is_deleted_and_changes_made_in_it_stay(
    desk: Desk, owner: Engine
) -> None:
    answer = await desk.ask(DANIEL, "close TKT-12")
    await settled(desk)
    age(owner, 91)
    await clean_up(desk)
    assert set(counts(owner).values()) == {0}
    told_admin = await command(desk, MARCUS, "audit TKT-12")
    assert "Changed TKT-12: status Assigned → Closed" in told_admin
    assert "close TKT-12" not in told_admin
    assert "Undone" in await told(desk, DANIEL, answer, "Undo")


async def test_old_conversation_with_a_younger_turn_is_kept_whole(
    desk: Desk, owner: Engine
) -> None:
    first = await desk.ask(DANIEL, "who is Marcus?")
    await settled(desk)
    age(owner, 91)
    await desk.ask(DANIEL, "and who is Priya?", first.channel, first.thread_ts)
    await settled(desk)
    before = counts(owner)
    await clean_up(desk)
    assert counts(owner) == before
    assert before["turns"] == 2


async def test_conversation_younger_than_the_transcript_days_is_kept(
    desk: Desk, owner: Engine
) -> None:
    await desk.ask(DANIEL, "who is Marcus?")
    await settled(desk)
    age(owner, 89)
    before = counts(owner)
    await clean_up(desk)
    assert counts(owner) == before


async def test_conversation_is_deleted_after_the_configured_transcript_days(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    async with open_desk(fresh_database, tmp_path, transcript_days=3) as desk:
        await desk.ask(DANIEL, "who is Marcus?")
        await settled(desk)
        age(owner, 4)
        await clean_up(desk)
        assert set(counts(owner).values()) == {0}


async def test_running_turn_is_not_deleted_however_old_the_conversation_is(
    desk: Desk, owner: Engine
) -> None:
    await desk.ask(DANIEL, "assign TKT-54 to me")
    await settled(desk)
    with owner.begin() as connection:
        connection.execute(text("UPDATE turns SET state = 'running', claim = 'another'"))
    age(owner, 91)
    async with desk.runtime.database.transaction(CLOCK) as transaction:
        await transaction.execute(text("SELECT app.delete_old_threads(90)"))
    assert counts(owner)["turns"] == 1


@pytest.mark.parametrize("days", ["0", "-1", "3651", "ten"])
def test_impossible_number_of_transcript_days_is_refused(
    days: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSCRIPT_DAYS", days)
    with pytest.raises(SetupError, match="TRANSCRIPT_DAYS is not usable"):
        Settings.load(_env_file=None)
