"""The morning digest: by each person's own clock, once a weekday, with what they may see."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from bot.scheduled import PERIODS
from bot.slack.api import send_once
from bot.slack.outbox import digest
from services.entities.digest import Digest
from services.jobs.schedule import tick
from tests.fixtures import DANIEL, EMRE, HELENA, MARCUS, PRIYA, Desk
from tests.stories.telling import command, settled

pytestmark = pytest.mark.usefixtures("impatient_jobs")

MONDAY = datetime(2026, 6, 8, 12, tzinfo=UTC)


class Clock(datetime):
    """A clock that the test sets, for the digest."""

    at = MONDAY

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return cls.at.astimezone(tz)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr(digest, "datetime", Clock)
    monkeypatch.setattr(Clock, "at", MONDAY)
    monkeypatch.setattr(send_once, "REQUEST_LIFETIME", 0.1)
    return Clock


async def morning(desk: Desk) -> None:
    await desk.runtime.queue.configure_task("enqueue_digests").defer_async()
    await settled(desk)


async def switch_on(desk: Desk, owner: Engine, *people: int) -> None:
    """Let people switch their digest on, and have had the last one long ago."""
    for person in people:
        assert "at 9:00 of each weekday" in await command(desk, person, "digest on")
    with owner.begin() as connection:
        connection.execute(text("UPDATE digests SET day = '2026-06-01'"))


async def digests(desk: Desk, person: int) -> list[Any]:
    return list(desk.slack.messages[await desk.direct(person)].values())


# ---- when


def due(zone: str, *at: int, last: date = date(2026, 1, 1)) -> date | None:
    return Digest(day=last).due(datetime(*at, tzinfo=UTC), ZoneInfo(zone))  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("zone", "day", "hour"),
    [
        ("Europe/Berlin", (2026, 3, 27), 8),  # the Friday before summer time
        ("Europe/Berlin", (2026, 3, 30), 7),  # the Monday after it has begun
        ("Europe/Berlin", (2026, 10, 23), 7),
        ("Europe/Berlin", (2026, 10, 26), 8),
        ("America/New_York", (2026, 3, 6), 14),
        ("America/New_York", (2026, 3, 9), 13),
        ("Africa/Cairo", (2026, 4, 24), 6),  # the clocks change on this very Friday
        ("Africa/Cairo", (2026, 10, 30), 7),
        ("Asia/Tokyo", (2026, 6, 8), 0),
    ],
)
def test_digest_is_due_at_nine_local_time_around_clock_changes(
    zone: str, day: tuple[int, int, int], hour: int
) -> None:
    nine = datetime(*day, hour, tzinfo=UTC)
    before = nine - timedelta(seconds=1)
    digest = Digest(day=date(2026, 1, 1))
    assert digest.due(before, ZoneInfo(zone)) is None
    assert digest.due(nine, ZoneInfo(zone)) == date(*day)


def test_digest_is_due_once_on_each_weekday_and_not_in_the_evening() -> None:
    assert due("UTC", 2026, 6, 8, 9, last=date(2026, 6, 8)) is None
    assert due("UTC", 2026, 6, 6, 9) is None
    assert due("UTC", 2026, 6, 7, 9) is None
    assert due("UTC", 2026, 6, 8, 17, 59) == date(2026, 6, 8)
    assert due("UTC", 2026, 6, 8, 18) is None


def test_moving_across_the_date_line_brings_no_second_digest_that_day() -> None:
    assert due("Pacific/Auckland", 2026, 6, 8, 21) == date(2026, 6, 9)
    assert due("America/Los_Angeles", 2026, 6, 8, 22, last=date(2026, 6, 9)) is None


# ---- what


async def test_digest_lists_records_with_the_readers_rights(desk: Desk, owner: Engine) -> None:
    await switch_on(desk, owner, PRIYA, DANIEL)
    await morning(desk)
    [priyas], [daniels] = await digests(desk, PRIYA), await digests(desk, DANIEL)
    assert "Your open tickets" in str(priyas.blocks)
    assert "Assigned to you" not in str(priyas.blocks)
    assert "Assigned to you" in str(daniels.blocks)
    assert "Untouched for a week" in str(daniels.blocks)
    visible = {
        each["action_id"] for _, each in priyas.elements if each["action_id"].startswith("entity:")
    }
    with owner.connect() as connection:
        own = connection.scalars(text("SELECT 'entity:TKT-' || id FROM tickets"
                                      " WHERE requester_id = 5 OR id IN (SELECT ticket_id"
                                      " FROM ticket_watchers WHERE person_id = 5)"))  # fmt: skip
        assert visible <= set(own)
    await desk.slack.press(desk.user(PRIYA), priyas, min(visible))
    await desk.slack.until(lambda: "Requester" in str(priyas.blocks))


async def test_empty_digest_is_not_sent(desk: Desk, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE tickets SET status = 'Closed' WHERE requester_id = 22"))
        connection.execute(text("DELETE FROM ticket_watchers WHERE person_id = 22"))
    await switch_on(desk, owner, EMRE)
    await morning(desk)
    assert await digests(desk, EMRE) == []


async def test_long_titles_fit_into_a_digest(desk: Desk, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE tickets SET name = repeat('<&>', 66)"))
    await switch_on(desk, owner, DANIEL)
    await morning(desk)
    assert len(await digests(desk, DANIEL)) == 1


# ---- once


async def test_digest_comes_once_a_day_despite_several_replicas_and_pauses(
    desk: Desk, owner: Engine, clock: type[Clock]
) -> None:
    await switch_on(desk, owner, PRIYA)
    runtime, name = desk.runtime, "enqueue_digests"
    for _ in range(3):  # each replica ticks
        await tick(runtime.queue, runtime.database, name, PERIODS[name])
    for _ in range(3):
        await desk.runtime.queue.configure_task(name).defer_async()
    await settled(desk)
    assert len(await digests(desk, PRIYA)) == 1
    clock.at = MONDAY + timedelta(days=3, hours=2)  # nobody was there to tick
    await morning(desk)
    await morning(desk)
    assert len(await digests(desk, PRIYA)) == 2


async def test_digest_that_slack_posted_before_the_connection_broke_is_sent_once(
    desk: Desk, owner: Engine
) -> None:
    await switch_on(desk, owner, PRIYA)
    desk.slack.fail("chat.postMessage", drop="after")
    await morning(desk)
    assert len(await digests(desk, PRIYA)) == 1


async def test_digest_is_sent_after_slack_was_away(desk: Desk, owner: Engine) -> None:
    await switch_on(desk, owner, PRIYA, HELENA)
    desk.slack.fail("chat.postMessage", status=500, times=3)
    await morning(desk)
    assert [len(await digests(desk, each)) for each in (PRIYA, HELENA)] == [1, 1]


async def test_digest_is_sent_though_its_job_was_lost(desk: Desk, owner: Engine) -> None:
    await switch_on(desk, owner, PRIYA)
    await morning(desk)
    with owner.begin() as connection:  # it stands in Slack, and its job died before it said so
        lost = "UPDATE outbox SET state = 'waiting', ts = NULL, created_at = created_at - :age"
        connection.execute(text(lost), {"age": timedelta(seconds=11)})
    await desk.runtime.queue.configure_task("revive").defer_async()
    await settled(desk)
    assert len(await digests(desk, PRIYA)) == 1
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT state FROM outbox")) == "sent"


# ---- on and off


async def test_app_home_shows_whether_the_digest_is_switched_on(desk: Desk, owner: Engine) -> None:
    user = desk.user(PRIYA)

    async def at_home() -> str:
        shown = desk.slack.home(user)
        old = shown.hash if shown else ""
        await desk.slack.open_home(user)
        await desk.slack.until(lambda: (view := desk.slack.home(user)) and view.hash != old)
        return str(desk.slack.home(user).content)  # type: ignore[union-attr]

    assert "`/itsm digest on` sends you" in await at_home()
    await switch_on(desk, owner, PRIYA)
    assert "digest is on" in await at_home()
    assert "Your morning digest is off" in await command(desk, PRIYA, "digest off")
    assert "`/itsm digest on` sends you" in await at_home()
    await morning(desk)
    assert await digests(desk, PRIYA) == []
    assert "Choose on or off." in await command(desk, PRIYA, "digest maybe")


async def test_people_who_left_get_no_digest(desk: Desk, owner: Engine) -> None:
    await switch_on(desk, owner, PRIYA)
    with owner.begin() as connection:
        connection.execute(text("UPDATE people SET active = false WHERE id = 5"))
    await morning(desk)
    assert await digests(desk, PRIYA) == []


async def test_unknown_time_zone_of_one_person_stops_no_digest_of_others(
    desk: Desk, owner: Engine
) -> None:
    await switch_on(desk, owner, MARCUS, PRIYA)
    with owner.begin() as connection:
        connection.execute(text("UPDATE people SET tz = 'Middle/Earth' WHERE id = 2"))
    await morning(desk)
    assert [len(await digests(desk, each)) for each in (MARCUS, PRIYA)] == [1, 1]
