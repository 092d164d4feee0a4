"""Slack answers with the code of a temporary error that lasts: nothing waits for ever."""

import pytest
from sqlalchemy import Engine, text

from bot.slack.api.errors import LASTS_AFTER, SOON
from bot.slack.sentences import FAILED
from bot.slack.turn.deleted import NO_TITLE
from tests.fixtures import DANIEL, PRIYA, Desk
from tests.stories.telling import (
    ASK,
    MENTION,
    answers,
    posted,
    said_in,
    settled,
    the_answer,
    words,
)
from tests.stories.test_conversations import delete, home

pytestmark = pytest.mark.usefixtures("impatient_jobs")

BY_NAME = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")
FORMS = 3
"""How many forms of an answer are tried: with all blocks, with older blocks, as plain text."""


def lasting(desk: Desk, method: str, error: str, further: int) -> None:
    """Let a method fail until the error is treated as permanent, and `further` times."""
    desk.slack.fail(method, error=error, times=LASTS_AFTER + further)


def turns(owner: Engine) -> list[str]:
    with owner.connect() as connection:
        return list(connection.scalars(text("SELECT state FROM turns ORDER BY id")))


@pytest.mark.parametrize("error", BY_NAME)
async def test_answer_whose_blocks_always_fail_at_slack_is_sent_as_plain_text(
    desk: Desk, error: str
) -> None:
    lasting(desk, "chat.postMessage", error, FORMS - 1)
    said = await said_in(desk, MENTION)
    assert "MAC-5" in (await desk.answer_to(said)).text
    await settled(desk)
    [answer] = answers(desk, said)
    assert not answer.blocks


async def test_answer_that_slack_always_fails_to_post_in_its_thread_is_sent_directly(
    desk: Desk,
) -> None:
    lasting(desk, "chat.postMessage", "internal_error", FORMS)
    said = await said_in(desk, MENTION)
    direct = await desk.direct(PRIYA)
    await desk.slack.until(lambda: desk.slack.messages[direct])
    await settled(desk)
    [answer] = desk.slack.messages[direct].values()
    assert "MAC-5" in words(answer)
    assert answers(desk, said) == []


@pytest.mark.parametrize("error", BY_NAME)
async def test_answer_that_slack_always_fails_to_post_becomes_an_apology(
    desk: Desk, owner: Engine, error: str
) -> None:
    lasting(desk, "chat.postMessage", error, 2 * FORMS)
    said = await said_in(desk, MENTION)
    assert (await desk.answer_to(said)).text == FAILED
    await settled(desk)
    again = await desk.slack.say(desk.user(PRIYA), said.channel, ASK, said.ts)
    assert "MAC-5" in words(await desk.answer_to(again))
    await settled(desk)
    assert turns(owner) == ["failed", "answered"]


async def test_answer_is_kept_in_the_outbox_while_slack_fails_to_post_even_the_apology(
    desk: Desk, owner: Engine
) -> None:
    every_way = 2 * FORMS + 2
    lasting(desk, "chat.postMessage", "internal_error", 3 * every_way)
    assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION))
    assert turns(owner) == ["answered"]


async def test_answer_that_slack_posted_in_spite_of_an_error_is_not_sent_again(desk: Desk) -> None:
    lasting(desk, "chat.postMessage", "fatal_error", 0)
    desk.slack.fail("chat.postMessage", error="fatal_error", drop="after")
    assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION))
    assert posted(desk) == LASTS_AFTER + 1
    assert not desk.slack.messages[await desk.direct(PRIYA)]


async def test_answer_is_sent_though_slack_always_fails_to_list_earlier_messages(
    desk: Desk,
) -> None:
    desk.slack.fail("chat.postMessage", status=500)
    lasting(desk, "conversations.replies", "internal_error", len(SOON))
    assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION))


async def test_answer_is_not_sent_twice_if_listing_messages_works_again_after_many_attempts(
    desk: Desk,
) -> None:
    desk.slack.fail("chat.postMessage", drop="after")
    lasting(desk, "conversations.replies", "internal_error", 0)
    said = await said_in(desk, MENTION)
    assert "MAC-5" in await the_answer(desk, said)
    assert len(answers(desk, said)) == 1


async def test_turn_ends_with_a_sentence_if_slack_always_fails_to_post_its_consent_card(
    desk: Desk, owner: Engine
) -> None:
    direct = await desk.direct(DANIEL)
    lasting(desk, "chat.postMessage", "internal_error", 2)
    said = await desk.slack.say(desk.user(DANIEL), direct, "close TKT-54")
    assert (await desk.answer_to(said)).text == FAILED
    await settled(desk)
    assert turns(owner) == ["failed"]


async def test_person_whom_slack_always_fails_to_return_gets_an_apology(
    desk: Desk, owner: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE people SET slack_id = NULL WHERE id = :id"), {"id": PRIYA})
    lasting(desk, "users.info", "internal_error", 1)
    said = await said_in(desk, MENTION)
    told = await desk.slack.until(lambda: desk.slack.ephemerals(said.user, said.channel))
    assert told[0].text == FAILED
    await settled(desk)
    again = await desk.slack.say(said.user, said.channel, MENTION, said.ts)
    assert "MAC-5" in words(await desk.answer_to(again))


async def test_title_of_a_deleted_conversation_is_reset_though_deleting_its_messages_always_fails(
    desk: Desk,
) -> None:
    answer = await desk.ask(PRIYA, ASK)
    await settled(desk)
    desk.slack.fail("chat.delete", error="internal_error", times=1_000)
    await delete(desk, PRIYA, await home(desk, PRIYA))
    thread = answer.channel, answer.thread_ts
    await desk.slack.until(lambda: desk.slack.titles[thread] == NO_TITLE)
