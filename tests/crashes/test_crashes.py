"""A process dies after each step of a turn, one by one: the end is the same as if none had died."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot import scheduled
from bot.slack.api import send_once
from bot.slack.outbox import digest
from bot.slack.turn import live_message, progress
from services.entities.base import find_ids
from tests.crashes.process import ways_out
from tests.crashes.world import Act, World, open_world
from tests.fixtures import DANIEL, PRIYA
from tests.services.provider import calls, says, streams

__all__ = ["ways_out"]

pytestmark = pytest.mark.usefixtures("ways_out", "at_once")

Record = Callable[[str, object], None]
Story = Callable[[], Sequence[Act]]

TWO_PARTS = "\n\n".join(["Please write down when it drops."] * 250)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dead processes are noticed at once and leave no request under way; progress is early."""
    monkeypatch.setattr(progress, "STATUS_DELAY", 0)
    monkeypatch.setattr(scheduled, "STALLED", 0)
    monkeypatch.setattr(send_once, "REQUEST_LIFETIME", 0)
    monkeypatch.setattr(progress, "MESSAGE_DELAY", 0.02)
    for delay in ("TICK", "FIRST_WORDS_DELAY"):
        monkeypatch.setattr(progress, delay, 0.01)
    for pace in ("STREAM_PACE", "UPDATE_PACE", "SLOWEST"):
        monkeypatch.setattr(live_message, pace, 0)
    # Nobody reads what the dead say.
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)


async def crashed_at_each_step(
    world: World, story: Story, record: Record, since: str = "auth.test"
) -> Counter[str]:
    """Play the story, then again with a death after each step; count the steps by name."""
    world.reset()
    steps = (await world.play(story())).steps
    whole = world.left()
    places = range(steps.index(since), len(steps) + 1)
    for dies_after in places:
        world.reset()
        process = await world.play(story(), dies_after)
        at = f"dead after {steps[:dies_after]}"
        # A stream is appended to as fast as the machine allows, so one play may take fewer steps.
        assert process.died.is_set() or len(process.steps) < dies_after, at
        assert world.left() == whole, at
    record("crashes", len(places))
    return Counter(steps)


async def test_long_turn_is_finished_by_another_process_after_any_kill(
    fresh_database: str, tmp_path: Path, owner: Engine, record_property: Record
) -> None:
    """The turn has a follow-up, a read, a write, progress, and an answer in two parts."""

    async def think() -> Any:
        await world.shows(len(world.provider.results()))
        match world.provider.results():
            case []:
                return calls(("find_machines", {}))()
            case [_]:
                return calls(("create_ticket", {"name": "VPN drops", "machines": ["MAC-5"]}))()
            case [_, made]:
                return says(f"{TWO_PARTS}\n\nI opened {find_ids(made)[0]} for MAC-5.")()

    def story() -> Sequence[Act]:
        said = world.say(PRIYA, "VPN drops")
        more = world.say(PRIYA, "every hour", said)
        return world.delivers(said), world.delivers(more), world.works

    async with open_world(fresh_database, tmp_path, owner, think) as world:
        steps = await crashed_at_each_step(world, story, record_property)
        assert "I opened" in world.left()
    assert steps["commit"] >= 15
    assert steps["completions"] == 3
    assert steps["chat.startStream"] == steps["chat.stopStream"] == steps["chat.update"] == 1
    assert steps["chat.appendStream"] == 2
    assert steps["chat.postMessage"] == steps["users.info"] == 1


async def test_turn_with_consent_is_finished_by_another_process_after_any_kill(
    fresh_database: str, tmp_path: Path, owner: Engine, record_property: Record
) -> None:
    """Progress is shown before the consent card and after it."""

    async def think() -> Any:
        await world.shows(len(world.provider.results()))
        close = calls(("update_tickets", {"tickets": "TKT-54", "status": "Closed"}))
        return (says("TKT-54 is closed.") if world.provider.results() else close)()

    def story() -> Sequence[Act]:
        said = world.say(DANIEL, "close TKT-54")
        return world.delivers(said), world.works, world.presses("Approve"), world.works

    async with open_world(fresh_database, tmp_path, owner, think) as world:
        steps = await crashed_at_each_step(world, story, record_property, since="completions")
        assert "Approved and done" in world.left()
    assert steps["commit"] >= 15
    assert steps["completions"] == steps["chat.startStream"] == 2
    assert steps["chat.delete"] == 1
    assert steps["chat.update"] == 3  # the turn waits, the card is decided, the answer is there


async def test_streamed_answer_is_finished_by_another_process_after_any_kill(
    fresh_database: str, tmp_path: Path, owner: Engine, record_property: Record
) -> None:
    """Words are shown while they are streamed, and those of a dead process are replaced."""
    chunks = ["Have you ", "tried ", "turning it ", "off?", ""]  # the last waits for those before

    async def shown(number: int) -> None:
        if number:
            await world.shows(0, "".join(chunks[:number]).strip().rpartition(" ")[0])

    def story() -> Sequence[Act]:
        return world.delivers(world.say(PRIYA, "VPN drops")), world.works

    async with open_world(fresh_database, tmp_path, owner, streams(*chunks, pause=shown)) as world:
        steps = await crashed_at_each_step(world, story, record_property, since="completions")
        assert "".join(chunks) in world.left()
    assert steps["chat.startStream"] == steps["chat.update"] == 1
    assert steps["chat.appendStream"] >= 1
    assert steps["chat.postMessage"] == 0


async def test_digest_is_sent_once_by_another_process_after_any_kill(
    fresh_database: str,
    tmp_path: Path,
    owner: Engine,
    record_property: Record,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(digest, "datetime", Monday)

    def story() -> Sequence[Act]:
        world.wants_digest(PRIYA)
        return world.ticks("enqueue_digests"), world.works

    async with open_world(fresh_database, tmp_path, owner, says("")) as world:
        steps = await crashed_at_each_step(world, story, record_property, since="commit")
        assert "Good morning" in world.left()
    assert steps["chat.postMessage"] == 1
    assert steps["commit"] >= 6


class Monday(datetime):
    """A clock that stands at noon of a weekday, for the digest."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime(2026, 6, 8, 12, tzinfo=UTC).astimezone(tz)
