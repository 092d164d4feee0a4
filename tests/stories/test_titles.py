"""Titles: a thread of direct messages is named after its first question."""

from typing import Any

from services.agent.titles import LONGEST_TITLE, title_of
from tests.fixtures import PRIYA, Desk
from tests.stories.telling import GENERAL, settled

SET = "assistant.threads.setTitle"


def named(desk: Desk) -> int:
    return sum(call.method == SET for call in desk.slack.calls)


def title(desk: Desk, message: Any) -> str | None:
    return desk.slack.titles.get((message.channel, message.thread_ts))


async def test_thread_of_direct_messages_gets_its_first_question_as_title_once(desk: Desk) -> None:
    answer = await desk.ask(PRIYA, "what laptop\ndo I have?")
    await settled(desk)
    assert title(desk, answer) == "what laptop do I have?"
    await desk.ask(PRIYA, "and who is Marcus?", answer.channel, answer.thread_ts)
    await settled(desk)
    assert title(desk, answer) == "what laptop do I have?"
    assert named(desk) == 1


async def test_channel_threads_get_no_title(desk: Desk) -> None:
    await desk.ask(PRIYA, "@Deskhand what laptop do I have", desk.slack.channel(GENERAL).id)
    await settled(desk)
    assert named(desk) == 0


async def test_answer_is_sent_though_slack_refuses_the_title(desk: Desk) -> None:
    desk.slack.fail(SET, error="missing_scope")
    answer = await desk.ask(PRIYA, "what laptop do I have")
    assert "MAC-" in str(answer.blocks)
    await settled(desk)
    assert title(desk, answer) is None


def test_long_question_as_a_thread_title_is_cut_after_a_word() -> None:
    question = "The printer on the third floor says that it is out of paper, but the tray is full"
    assert title_of(question) == "The printer on the third floor says that it is out of…"
    assert len(title_of("w" * 500)) == LONGEST_TITLE
    assert title_of("[Priya Raman, USR-5] hello") == "hello"
