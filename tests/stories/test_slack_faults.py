"""Slack refuses, rate-limits or loses messages: each is sent in another way, or given up."""

import asyncio
from typing import Any

import pytest

from bot.playground.web_api import LATE
from bot.slack.api import send_once
from bot.slack.sentences import UNREADABLE
from tests.fixtures import DANIEL, EMRE, PRIYA, Desk
from tests.stories.telling import (
    ASK,
    GENERAL,
    MENTION,
    answers,
    event,
    posted,
    said_in,
    settled,
    the_answer,
    typed,
    words,
)

pytestmark = pytest.mark.usefixtures("impatient_jobs")

GONE = ("channel_not_found", "is_archived", "not_in_channel", "message_not_found")


def asked_for(desk: Desk, method: str) -> int:
    return sum(call.method == method for call in desk.slack.calls)


async def directly(desk: Desk, person: int) -> list[Any]:
    """Return the desk's direct messages to a person outside of threads."""
    return list(desk.slack.messages[await desk.direct(person)].values())


async def test_rate_limit_of_slack_delays_only_the_conversation_that_hit_it(desk: Desk) -> None:
    await desk.ask(DANIEL, ASK)
    desk.slack.fail("chat.postMessage", status=429, retry_after=2)
    before = posted(desk)
    slow = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), ASK)
    await desk.slack.until(lambda: posted(desk) > before)
    await desk.ask(DANIEL, ASK)
    assert answers(desk, slow) == []
    assert "MAC-5" in await the_answer(desk, slow)


async def test_answer_is_sent_directly_if_its_channel_is_gone(desk: Desk) -> None:
    direct = await desk.direct(PRIYA)
    for error in GONE:
        desk.slack.messages[direct].clear()
        desk.slack.fail("chat.postMessage", error=error)
        said = await said_in(desk, MENTION)
        await desk.slack.until(lambda: desk.slack.messages[direct])
        await settled(desk)
        [answer] = await directly(desk, PRIYA)
        assert "MAC-5" in words(answer), error
        assert answers(desk, said) == [], error


async def test_turn_ends_without_an_answer_if_the_bot_token_is_revoked(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for error in ("token_revoked", "account_inactive"):
        before = posted(desk)
        desk.slack.fail("chat.postMessage", error=error, times=2)
        said = await said_in(desk, MENTION)
        await desk.slack.until(lambda: posted(desk) == before + 2)  # noqa: B023
        await settled(desk)
        assert answers(desk, said) == []
        assert "message_undeliverable" in capsys.readouterr().out
    assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION))


async def test_overheard_message_that_is_gone_is_fetched_once_and_called_unreadable(
    desk: Desk,
) -> None:
    place = desk.slack.channel(GENERAL)
    for error in GONE:
        mention = typed(desk)
        reply = desk.slack.post_typed(place, desk.user(PRIYA), "who is Marcus?", mention.ts)
        await desk.slack.deliver(event(desk, reply))  # it comes before the mention it follows
        before = asked_for(desk, "conversations.replies")
        desk.slack.fail("conversations.replies", error=error)
        await desk.slack.deliver(event(desk, mention, "app_mention"))
        await desk.slack.until(lambda: len(answers(desk, mention)) == 2)  # noqa: B023
        await settled(desk)
        assert words(answers(desk, mention)[1]) == UNREADABLE, error
        assert asked_for(desk, "conversations.replies") == before + 1


async def test_answer_that_slack_posts_after_the_connection_broke_is_not_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_once, "REQUEST_LIFETIME", 2 * LATE)
    desk.slack.fail("chat.postMessage", drop="late")
    assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION))
    assert posted(desk) == 1


async def test_direct_message_posted_before_the_connection_broke_is_not_sent_again(
    desk: Desk,
) -> None:
    desk.slack.fail("chat.postMessage", error="is_archived")
    desk.slack.fail("chat.postMessage", drop="after")
    desk.slack.fail("chat.postMessage", error="is_archived")
    said = await said_in(desk, MENTION)
    await desk.slack.until(lambda: posted(desk) == 3)
    await settled(desk)
    assert len(await directly(desk, PRIYA)) == 1
    assert answers(desk, said) == []


async def test_ephemeral_message_that_slack_did_not_confirm_is_sent_directly_once(
    desk: Desk,
) -> None:
    guest = desk.slack.user(desk.user(EMRE))
    object.__setattr__(guest, "is_restricted", True)
    desk.slack.fail("chat.postEphemeral", drop="after")
    desk.slack.fail("chat.postMessage", drop="after")
    said = await said_in(desk, MENTION, person=EMRE)
    await desk.slack.until(lambda: asked_for(desk, "conversations.history"))
    await settled(desk)
    [shown] = desk.slack.ephemerals(guest.id, said.channel)
    [repeated] = await directly(desk, EMRE)
    assert "full members" in shown.text
    assert repeated.text == shown.text


async def test_turn_ends_if_slack_refuses_direct_messages_to_the_person(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", error="is_archived")
    desk.slack.fail("chat.postMessage", error="user_disabled")
    said = await said_in(desk, MENTION)
    await desk.slack.until(lambda: posted(desk) == 2)
    await settled(desk)
    assert answers(desk, said) == await directly(desk, PRIYA) == []
    await asyncio.sleep(0.2)
    assert posted(desk) == 2
