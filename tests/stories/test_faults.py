"""Slack fails, or a turn does: the person gets one answer all the same."""

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import DANIEL, PRIYA, Desk, open_desk
from tests.services.provider import calls, says
from tests.stories.telling import (
    ASK,
    GENERAL,
    MENTION,
    Thinking,
    answers,
    desk_with,
    posted,
    said_in,
    settled,
    the_answer,
    words,
)

pytestmark = pytest.mark.usefixtures("impatient_jobs")

FAULTS: list[tuple[dict[str, Any], int]] = [
    ({"status": 429, "retry_after": 1}, 2),
    ({"status": 500}, 2),
    ({"error": "internal_error"}, 2),
    ({"drop": "before"}, 2),
    ({"drop": "after"}, 1),
]
"""A fault of a post, and how often the desk posts then."""


async def test_answer_whose_posting_failed_is_posted_again_unless_it_arrived(desk: Desk) -> None:
    for fault, tries in FAULTS:
        before = posted(desk)
        desk.slack.fail("chat.postMessage", **fault)
        said = await said_in(desk, MENTION)
        assert "MAC-5" in await the_answer(desk, said), fault
        assert posted(desk) - before == tries, fault


async def test_answer_posted_before_the_connection_broke_is_found_in_a_long_thread(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.playground.methods_other.MOST", 3)
    said = await said_in(desk, MENTION)
    first = await the_answer(desk, said)
    place = desk.slack.channel(GENERAL)
    for number in range(25):
        desk.slack.post(place, desk.user(DANIEL), f"me too {number}", thread_ts=said.ts)
    desk.slack.fail("chat.postMessage", drop="after")
    again = await desk.slack.say(desk.user(PRIYA), place.id, MENTION, said.ts)
    await desk.answer_to(again)
    await settled(desk)
    assert [words(each) for each in answers(desk, said)] == [first, first]


async def test_answer_is_not_delayed_if_slack_does_not_set_the_status(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.turn.progress.STATUS_DELAY", 0)
    for fault in ({"error": "missing_scope"}, {"status": 500}, {"drop": "before"}):
        desk.slack.fail("assistant.threads.setStatus", **fault)
        assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION)), fault
    assert posted(desk) == 3


async def test_quick_turn_sets_no_status_in_slack(desk: Desk) -> None:
    await desk.ask(PRIYA, ASK)
    await settled(desk)
    assert "assistant.threads.setStatus" not in {call.method for call in desk.slack.calls}


async def test_slow_turn_shows_a_status_in_slack(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.turn.progress.STATUS_DELAY", 0)
    slow = Thinking()
    async with desk_with(fresh_database, tmp_path, slow) as (desk, _):
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "hello")
        [status] = await desk.slack.until(lambda: list(desk.slack.statuses.values()))
        assert status["status"] == "is looking into it…"
        slow.go.set()
        await the_answer(desk, said)
        assert not desk.slack.statuses


async def test_person_whom_slack_does_not_identify_is_told_why(desk: Desk) -> None:
    desk.slack.fail("users.info", error="missing_scope")
    said = await said_in(desk, MENTION)
    told = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(PRIYA), said.channel))
    await settled(desk)
    assert "users:read" in told[0].text
    assert answers(desk, said) == []


async def test_failed_lookup_of_the_asker_at_slack_is_retried(desk: Desk) -> None:
    desk.slack.fail("users.info", status=500)
    assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION))


async def test_posting_again_after_a_failure_repeats_no_model_call_and_no_change(
    fresh_database: str, tmp_path: Path
) -> None:
    made = calls(("create_ticket", {"name": "VPN drops"}))
    async with desk_with(fresh_database, tmp_path, made, says("Opened.")) as (desk, served):
        desk.slack.fail("chat.postMessage", status=500)
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "VPN drops")
        assert await the_answer(desk, said) == "Opened."
        assert len(served.requests) == 2
        [answer] = answers(desk, said)
        assert "Created TKT-61" in str(answer.blocks)
        assert "TKT-62" not in str(answer.blocks)


async def test_run_that_ended_in_an_outage_of_slack_does_not_count_as_a_resumption(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.turn.job.MAX_RESUMPTIONS", 0)
    async with desk_with(fresh_database, tmp_path, says("One."), says("Two.")) as (desk, _):
        desk.slack.fail("chat.postMessage", status=500)
        said = await said_in(desk, "@Deskhand hello")
        await desk.slack.until(lambda: posted(desk))
        place, daniel = desk.slack.channel(GENERAL).id, desk.user(DANIEL)
        await desk.slack.say(daniel, place, "@Deskhand hello too", said.ts)
        await desk.slack.until(lambda: len(answers(desk, said)) == 2)
        assert [words(each) for each in answers(desk, said)] == ["One.", "Two."]


async def test_turn_that_fails_in_each_run_ends_with_an_apology(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.turn.job.MAX_RESUMPTIONS", 0)

    class Broken:
        name = "broken"

        def accepts(self, messages: list[Any]) -> bool:
            return True

        async def complete(
            self, messages: list[Any], tools: list[Any], _: Any = None
        ) -> dict[str, Any]:
            raise ZeroDivisionError

    async with open_desk(fresh_database, tmp_path, Broken()) as desk:
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "hello")
        assert "Something failed on our side" in await the_answer(desk, said)
