"""The live message: it shows the steps and text of a running turn, and becomes its answer."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.slack.turn import live_message, progress
from tests.fixtures import DANIEL, PRIYA, Desk
from tests.services.provider import calls, says, streams
from tests.stories.telling import (
    GENERAL,
    Thinking,
    after,
    answers,
    desk_with,
    said_in,
    settled,
    words,
)

FIND = calls(("find_tickets", {"requester": "me"}))
FOUND = "Looked for open tickets requested by you: 2 found"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let turns show progress without delays."""
    monkeypatch.setattr(progress, "MESSAGE_DELAY", 0)
    for delay in ("TICK", "FIRST_WORDS_DELAY"):
        monkeypatch.setattr(progress, delay, 0.01)
    for pace in ("STREAM_PACE", "UPDATE_PACE", "SLOWEST"):
        monkeypatch.setattr(live_message, pace, 0)


def tasks(message: Any) -> dict[str, str]:
    """Return the status of each task that a message shows, by its title."""
    plans = [block for block in message.blocks if block["type"] == "plan"]
    return {each["title"]: each["status"] for plan in plans for each in plan["tasks"]}


async def shows(desk: Desk, said: Any, title: str) -> Any:
    """Wait for the message that shows a task of this title."""

    def shown() -> list[Any]:
        return [each for each in answers(desk, said) if title in tasks(each)]

    return (await desk.slack.until(shown))[0]


class Chunks:
    """A streamed answer whose chunks are held back until the test releases them."""

    def __init__(self, *chunks: str) -> None:
        self.sent = [asyncio.Event() for _ in chunks]
        self.answer = streams(*chunks, pause=lambda number: self.sent[number].wait())

    def send(self, *numbers: int) -> None:
        for number in numbers:
            self.sent[number].set()


def no_streams(desk: Desk) -> None:
    desk.slack.fail("chat.startStream", error="unknown_method")


@pytest.mark.parametrize("streaming", [True, False])
async def test_live_message_shows_steps_which_the_answer_folds_up(
    fresh_database: str, tmp_path: Path, streaming: bool
) -> None:
    found = Thinking("You have two tickets.")
    async with desk_with(fresh_database, tmp_path, FIND, found) as (desk, _):
        if not streaming:
            no_streams(desk)
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "my tickets?")
        live = await shows(desk, said, FOUND)
        assert tasks(live) == {FOUND: "complete", "Thinking": "in_progress"}
        found.go.set()
        await desk.slack.until(lambda: words(live) == "You have two tickets.")
        await settled(desk)
        assert answers(desk, said) == [live]
        assert tasks(live) == {FOUND: "complete"}


@pytest.mark.parametrize("streaming", [True, False])
async def test_live_message_shows_words_while_the_model_writes(
    fresh_database: str, tmp_path: Path, streaming: bool
) -> None:
    chunks = Chunks("Look ", "at TKT-5", "4 and [th", "is](https://evil.example) ", "please.")
    async with desk_with(fresh_database, tmp_path, chunks.answer) as (desk, _):
        if not streaming:
            no_streams(desk)
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "TKT-54?")
        chunks.send(0, 1)
        live = await shows(desk, said, "Writing the answer")
        await desk.slack.until(lambda: words(live).strip() == "Look at")
        chunks.send(2)
        await desk.slack.until(lambda: words(live).strip() == "Look at TKT-54 and")
        chunks.send(3, 4)
        await desk.slack.until(lambda: words(live) == "Look at TKT-54 and this please.")
        await settled(desk)
        assert answers(desk, said) == [live]
        assert "evil.example" not in str(desk.slack.calls)


@pytest.mark.parametrize("error", ["message_not_in_streaming_state", "stopped_by_user"])
async def test_live_message_is_replaced_as_a_whole_after_slack_ended_its_stream(
    fresh_database: str, tmp_path: Path, error: str
) -> None:
    chunks = Chunks("One two ", "three four ", "five.")
    async with desk_with(fresh_database, tmp_path, chunks.answer) as (desk, _):
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "hello")
        desk.slack.fail("chat.appendStream", error=error)
        chunks.send(0)
        live = await shows(desk, said, "Writing the answer")
        chunks.send(1)
        await desk.slack.until(lambda: words(live) == "One two three")
        chunks.send(2)
        await desk.slack.until(lambda: words(live) == "One two three four five.")
        await settled(desk)
        assert answers(desk, said) == [live]


@pytest.mark.parametrize("delay", [(progress, "TICK"), (live_message, "STREAM_PACE")])
async def test_live_message_shows_the_first_words_of_an_answer_without_delay(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delay: tuple[Any, str]
) -> None:
    monkeypatch.setattr(*delay, 3_600)
    chunks = Chunks("You have two ", "tickets.")
    async with desk_with(fresh_database, tmp_path, FIND, chunks.answer) as (desk, _):
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "my tickets?")
        chunks.send(0)
        live = await shows(desk, said, "Writing the answer")
        assert words(live).startswith("You have")
        chunks.send(1)
        await settled(desk)
        assert words(live) == "You have two tickets."


@pytest.mark.parametrize("method", ["chat.update", "chat.stopStream"])
async def test_answer_is_posted_anew_if_slack_refuses_to_update_the_live_message(
    fresh_database: str, tmp_path: Path, method: str
) -> None:
    found = Thinking("Found it.")
    async with desk_with(fresh_database, tmp_path, found) as (desk, _):
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "hello")
        await shows(desk, said, "Thinking")
        desk.slack.fail(method, error="cant_update_message", times=3)
        found.go.set()
        await desk.slack.until(lambda: [words(x) for x in answers(desk, said)] == ["Found it."])


async def test_answer_is_posted_anew_if_the_live_message_was_deleted(
    fresh_database: str, tmp_path: Path
) -> None:
    found = Thinking("Found it.")
    async with desk_with(fresh_database, tmp_path, found) as (desk, _):
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "hello")
        desk.slack.remove(await shows(desk, said, "Thinking"))
        found.go.set()
        await desk.slack.until(lambda: [words(x) for x in answers(desk, said)] == ["Found it."])


async def test_live_message_above_a_consent_card_says_that_the_turn_waits(
    fresh_database: str, tmp_path: Path
) -> None:
    close = calls(("update_tickets", {"tickets": "TKT-54", "status": "Closed"}))
    asked = Thinking()

    async def asking() -> Any:
        await asked()
        return close()

    async with desk_with(fresh_database, tmp_path, asking, says("Closed.")) as (desk, _):
        said = await desk.slack.say(desk.user(DANIEL), await desk.direct(DANIEL), "close TKT-54")
        await shows(desk, said, "Thinking")
        asked.go.set()
        live = await shows(desk, said, "Waits for your approval")
        [_, card] = answers(desk, said)
        await desk.slack.press(desk.user(DANIEL), card, "Approve")
        answer = await after(desk, card)
        await settled(desk)
        assert live not in answers(desk, said)
        assert list(tasks(answer)) == ["Changed TKT-54: status Open → Closed"]


async def test_live_message_says_why_a_step_of_the_turn_failed(
    fresh_database: str, tmp_path: Path
) -> None:
    script = calls(("get", {"records": "TKT-15"})), says("I cannot see it.")
    async with desk_with(fresh_database, tmp_path, *script) as (desk, _):
        answer = await desk.ask(PRIYA, "show TKT-15")
        assert tasks(answer) == {"There is no TKT-15 that you can see here.": "error"}


async def test_answer_is_sent_without_its_steps_where_slack_refuses_plan_blocks(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "MESSAGE_DELAY", 1_000)
    async with desk_with(fresh_database, tmp_path, FIND, says("Two.")) as (desk, _):
        desk.slack.fail("chat.postMessage", error="invalid_blocks")
        answer = await desk.ask(PRIYA, "my tickets?")
        assert (tasks(answer), words(answer)) == ({}, "Two.")


async def test_live_message_is_not_shown_in_channels_shared_with_another_company(
    fresh_database: str, tmp_path: Path
) -> None:
    found = Thinking("Found it.")
    async with desk_with(fresh_database, tmp_path, found) as (desk, _):
        desk.slack.channel(GENERAL).is_ext_shared = True
        said = await said_in(desk, "@Deskhand hello")
        await found.begun.wait()
        await asyncio.sleep(0.1)
        found.go.set()
        channel = desk.slack.channel(GENERAL).id
        await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(PRIYA), channel))
        assert answers(desk, said) == []
        assert not any("Stream" in call.method for call in desk.slack.calls)


async def test_progress_is_not_shown_once_the_budget_of_slack_calls_is_used_up(
    fresh_database: str, tmp_path: Path
) -> None:
    found = Thinking("Found it.")
    async with desk_with(fresh_database, tmp_path, found) as (desk, _):
        for method in ("chat.startStream", "chat.postMessage"):
            while await desk.runtime.budget.take(method):
                pass
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "hello")
        await found.begun.wait()
        await asyncio.sleep(0.1)
        assert answers(desk, said) == []
        found.go.set()
        assert words(await desk.answer_to(said)) == "Found it."
