"""Deliveries come twice, late, in pairs or edited: each message is answered once, as edited."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.fixtures import DANIEL, PRIYA, Desk
from tests.services.provider import says
from tests.stories.telling import (
    GENERAL,
    Thinking,
    answers,
    desk_with,
    event,
    settled,
    stored,
    the_answer,
    typed,
    words,
)

pytestmark = pytest.mark.usefixtures("impatient_jobs")


async def test_message_that_slack_delivers_three_times_is_answered_once(desk: Desk) -> None:
    said = typed(desk)
    payload = event(desk, said)
    for number in range(3):
        retry = {"x-slack-retry-num": str(number), "x-slack-retry-reason": "http_timeout"}
        assert (await desk.slack.deliver(payload, retry if number else {})).ok
    assert "MAC-5" in await the_answer(desk, said)
    await desk.slack.deliver(payload, {"x-slack-retry-num": "3"})
    await the_answer(desk, said)


async def test_message_that_slack_delivers_three_times_at_once_is_answered_once(desk: Desk) -> None:
    said = typed(desk)
    payload = event(desk, said)
    await asyncio.gather(*(desk.slack.deliver(payload) for _ in range(3)))
    assert "MAC-5" in await the_answer(desk, said)


async def test_message_that_arrives_only_as_a_retry_of_slack_is_answered(desk: Desk) -> None:
    said = typed(desk)
    await desk.slack.deliver(event(desk, said), {"x-slack-retry-num": "2"})
    assert "MAC-5" in await the_answer(desk, said)


async def test_app_mention_and_message_events_of_one_mention_are_answered_once(desk: Desk) -> None:
    for pair in (("app_mention", "message"), ("message", "app_mention")):
        said = typed(desk)
        for kind in pair:
            await desk.slack.deliver(event(desk, said, kind))
        assert "MAC-5" in await the_answer(desk, said), pair


async def test_event_with_a_forged_signature_is_refused(desk: Desk) -> None:
    said = typed(desk)
    ack = await desk.slack.deliver(event(desk, said), {"X-Slack-Signature": "v0=0000"})
    await settled(desk)
    assert not ack.ok
    assert answers(desk, said) == []


async def test_message_edited_before_its_turn_is_answered_as_edited(
    fresh_database: str, tmp_path: Path
) -> None:
    first = Thinking()
    async with desk_with(fresh_database, tmp_path, first, says("Second.")) as (desk, served):
        direct, priya = await desk.direct(PRIYA), desk.user(PRIYA)
        said = await desk.slack.say(priya, direct, "hello")
        await first.begun.wait()
        second = await desk.slack.say(priya, direct, "befor", said.ts)
        await stored(desk, "befor")
        await desk.slack.edit(second, "afterwards")
        await stored(desk, "afterwards")
        first.go.set()
        await desk.slack.until(lambda: len(answers(desk, said)) == 2)
        await settled(desk)
        assert [words(each) for each in answers(desk, said)] == ["There you are.", "Second."]
        assert served.requests[-1]["messages"][-1]["content"] == "afterwards"


async def test_message_deleted_before_its_turn_is_not_answered(
    fresh_database: str, tmp_path: Path
) -> None:
    first = Thinking()
    async with desk_with(fresh_database, tmp_path, first, says("Second.")) as (desk, served):
        direct, priya = await desk.direct(PRIYA), desk.user(PRIYA)
        said = await desk.slack.say(priya, direct, "hello")
        await first.begun.wait()
        second = await desk.slack.say(priya, direct, "never mind", said.ts)
        await stored(desk, "never mind")
        await desk.slack.delete(second)
        await stored(desk, "(deleted)", "ignored")
        first.go.set()
        assert await the_answer(desk, said) == "There you are."
        assert len(served.requests) == 1


async def test_reply_delivered_before_its_mention_is_answered_after_it(
    desk: Desk,
) -> None:
    mention, place = typed(desk), desk.slack.channel(GENERAL)
    reply = desk.slack.post_typed(place, desk.user(PRIYA), "who is Marcus?", mention.ts)
    await desk.slack.deliver(event(desk, reply))
    await settled(desk)
    assert answers(desk, mention) == []
    await desk.slack.deliver(event(desk, mention, "app_mention"))
    await desk.slack.until(lambda: len(answers(desk, mention)) == 2)
    first, second = answers(desk, mention)
    assert "MAC-5" in words(first)
    assert "USR-2" in words(second)


async def test_words_in_threads_without_a_mention_of_the_desk_are_not_stored(desk: Desk) -> None:
    root, place = typed(desk, "lunch?"), desk.slack.channel(GENERAL)
    reply = desk.slack.post_typed(place, desk.user(DANIEL), "at noon", root.ts)
    for said in (root, reply):
        await desk.slack.deliver(event(desk, said))
    kept = await desk.runtime.database.fetch_all(text("SELECT event::text FROM deliveries"))
    assert "at noon" not in str(kept)
    assert "lunch" not in str(kept)
