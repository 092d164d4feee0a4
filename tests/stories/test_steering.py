"""Buttons of a turn: Stop while it runs, and Try again after it failed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.cli.turn import one_turn
from bot.slack.sentences import STOPPED
from bot.slack.turn import progress
from tests.fixtures import DANIEL, PRIYA, Desk
from tests.services.provider import calls, fails, says
from tests.stories.telling import Thinking, answers, desk_with, settled, words
from tests.waiting import until

TICKET = calls(("create_ticket", {"name": "VPN drops"}))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "MESSAGE_DELAY", 0.1)
    monkeypatch.setattr(progress, "STOP_POLLING", 0.05)
    monkeypatch.setattr(progress, "TICK", 0.02)


@asynccontextmanager
async def at_work(desk: Desk, question: str) -> AsyncIterator[tuple[Any, Any]]:
    """Ask, and return the question and the live message of the running turn."""
    said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), question)
    yield said, (await desk.slack.until(lambda: answers(desk, said)))[0]


@pytest.mark.usefixtures("impatient")
async def test_long_turn_shows_a_live_message_until_its_answer(
    fresh_database: str, tmp_path: Path
) -> None:
    async with (
        desk_with(fresh_database, tmp_path, found := Thinking("Found it.")) as (desk, _),
        at_work(desk, "look everywhere") as (said, shown),
    ):
        assert "Thinking" in str(shown.blocks)
        found.go.set()
        await desk.slack.until(lambda: [words(x) for x in answers(desk, said)] == ["Found it."])
        assert answers(desk, said)[0].ts == shown.ts


@pytest.mark.usefixtures("impatient")
async def test_answer_of_a_stopped_turn_reports_what_was_done(
    fresh_database: str, tmp_path: Path
) -> None:
    asked_again = asyncio.Event()

    async def thinking_on() -> Any:
        asked_again.set()
        await asyncio.Event().wait()

    script = TICKET, thinking_on
    async with (
        desk_with(fresh_database, tmp_path, *script) as (desk, served),
        at_work(desk, "open many tickets") as (said, shown),
    ):
        await asked_again.wait()  # the ticket is made
        await desk.slack.press(desk.user(DANIEL), shown, "Stop")
        await asyncio.sleep(0.2)
        assert [each.ts for each in answers(desk, said)] == [shown.ts]
        await desk.slack.press(desk.user(PRIYA), shown, "Stop")
        await desk.slack.until(lambda: [words(x) for x in answers(desk, said)] == [STOPPED])
        assert "Created TKT-61" in str(answers(desk, said)[0].blocks)
        assert len(served.requests) == 2


@pytest.mark.usefixtures("impatient")
async def test_pressing_stop_after_the_answer_changes_nothing(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Thinking("Found it.")

    async def once_it_is_answered(watch: progress.Progress) -> bool:
        final = text("SELECT 1 FROM steps WHERE message ->> 'content' = 'Found it.'")
        found.go.set()
        await until(lambda: watch.runtime.database.fetch_all(final))
        return True

    monkeypatch.setattr(progress.Progress, "_stop_asked", once_it_is_answered)
    async with (
        desk_with(fresh_database, tmp_path, found) as (desk, _),
        at_work(desk, "look everywhere") as (said, _),
    ):
        await desk.slack.until(lambda: [words(x) for x in answers(desk, said)] == ["Found it."])
        await settled(desk)
    assert one_turn(fresh_database, 1).count(" model ") == 1


@pytest.mark.usefixtures("impatient")
async def test_stop_button_of_slack_stops_the_turn_and_its_session(
    fresh_database: str, tmp_path: Path
) -> None:
    async with (
        desk_with(fresh_database, tmp_path, Thinking()) as (desk, _),
        at_work(desk, "look everywhere") as (said, shown),
    ):
        await desk.slack.until(lambda: session(desk, said) == "processing")
        await desk.slack.stop(desk.user(PRIYA), shown)
        await desk.slack.until(lambda: [words(x) for x in answers(desk, said)] == [STOPPED])
        await settled(desk)
        assert session(desk, said) == "active"


async def test_stop_button_of_slack_ends_a_session_in_which_no_turn_runs(desk: Desk) -> None:
    answer = await desk.ask(PRIYA, "what laptop do I have")
    await settled(desk)
    desk.slack.sessions[answer.channel, answer.thread_ts] = "processing"
    await desk.slack.stop(desk.user(PRIYA), answer)
    await desk.slack.until(lambda: session(desk, answer) == "active")


@pytest.mark.usefixtures("impatient")
async def test_session_ends_with_its_answer_although_slack_has_ended_the_stream(
    fresh_database: str, tmp_path: Path
) -> None:
    async with (
        desk_with(fresh_database, tmp_path, found := Thinking("Found it.")) as (desk, _),
        at_work(desk, "look everywhere") as (said, shown),
    ):
        shown.streaming = False
        found.go.set()
        await desk.slack.until(lambda: [words(x) for x in answers(desk, said)] == ["Found it."])
        await settled(desk)
        assert session(desk, said) == "active"


def session(desk: Desk, said: Any) -> str | None:
    """Return the status of the thread's session."""
    return desk.slack.sessions.get((said.channel, said.thread_ts or said.ts))


@pytest.mark.usefixtures("impatient")
async def test_thread_continues_with_the_next_question_after_a_stop(
    fresh_database: str, tmp_path: Path
) -> None:
    script = Thinking(), says("Here you are.")
    async with (
        desk_with(fresh_database, tmp_path, *script) as (desk, _),
        at_work(desk, "open many tickets") as (said, shown),
    ):
        await desk.slack.press(desk.user(PRIYA), shown, "Stop")
        await desk.slack.until(lambda: [words(x) for x in answers(desk, said)] == [STOPPED])
        await desk.slack.say(desk.user(PRIYA), said.channel, "my machines then", said.ts)
        await desk.slack.until(lambda: words(answers(desk, said)[-1]) == "Here you are.")


async def test_pressing_try_again_twice_starts_one_turn(
    fresh_database: str, tmp_path: Path
) -> None:
    script = TICKET, fails(402), says("It works again.")
    async with (
        desk_with(fresh_database, tmp_path, *script) as (desk, served),
        at_work(desk, "VPN drops") as (said, failed),
    ):
        assert "run out of credit" in words(failed)
        assert "Created TKT-61" in str(failed.blocks)
        await asyncio.gather(
            *(desk.slack.press(desk.user(PRIYA), failed, "Try again") for _ in range(2))
        )
        await desk.slack.until(lambda: words(answers(desk, said)[-1]) == "It works again.")
        assert len(answers(desk, said)) == 2
        assert "Try again" not in str(failed.blocks)
        assert [each["content"] for each in served.requests[-1]["messages"]].count("VPN drops") == 2


async def test_answer_by_the_rules_after_a_failed_model_has_a_retry_button(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, fails(402)) as (desk, _):
        assert "Try again" in str((await desk.ask(PRIYA, "what laptop do I have")).blocks)
