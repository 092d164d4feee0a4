"""Text behind a slash command that is no subcommand is a question to the agent."""

from typing import Any

import pytest

from bot.slack.outbox import send_job
from bot.slack.sentences import ASKED
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import after, answers, command, settled, words

QUESTIONS = [
    ("/itsm", "what laptop do I have?", "MAC-5"),
    ("/itsm", "“what laptop do I have?”", "MAC-5"),
    ("/machine", "what laptop do I have", "MAC-5"),
    ("/ticket", "my VPN is down\nsince this morning", ""),
    ("/ticket", "what’s up with “VPN”?", ""),
    ("/ticket", "nul \0 in it", ""),
    ("/ticket", "my VPN is down", ""),
    ("/ticket", "mine is broken & <b> hot", ""),
    ("/ticket", "TKT-54 is still not done", ""),
    ("/itsm", "disk is full", ""),
    ("/itsm", "help me with the printer", ""),
    ("/ticket", "now my screen is black", ""),
    ("/itsm", "who can reset my password", ""),
    ("/itsm", "who is on the network team?", ""),
]


async def conversation(desk: Desk, person: int) -> list[Any]:
    return list(desk.slack.messages[await desk.direct(person)].values())


@pytest.mark.parametrize(("name", "typed", "expected"), QUESTIONS)
async def test_question_behind_a_command_is_answered_in_direct_messages(
    desk: Desk, name: str, typed: str, expected: str
) -> None:
    assert ASKED in await command(desk, PRIYA, typed, name)
    await settled(desk)
    question, *rest = await conversation(desk, PRIYA)
    assert question.from_bot
    shown = typed.strip("“”").replace("\0", " ").replace("&", "&amp;")
    shown = shown.replace("<", "&lt;").replace(">", "&gt;")
    assert f"You asked with {name}: {shown}" in question.text
    [answer] = answers(desk, question)
    assert rest == [answer]
    assert expected in str(answer.blocks)


async def test_follow_up_in_the_thread_of_a_command_question_is_answered(desk: Desk) -> None:
    await command(desk, PRIYA, "what laptop do I have?")
    await settled(desk)
    question, first = await conversation(desk, PRIYA)
    said = await desk.slack.say(
        desk.user(PRIYA), question.channel, "show my open tickets", question.ts
    )
    assert "TKT-54" in str((await desk.answer_to(said)).blocks)
    assert "MAC-5" in words(first)


async def test_change_requested_by_a_command_question_waits_for_consent_in_its_thread(
    desk: Desk,
) -> None:
    await command(desk, DANIEL, "please close TKT-54", "/ticket")
    await settled(desk)
    card = (await conversation(desk, DANIEL))[-1]
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    assert "Closed TKT-54" in str((await after(desk, card)).blocks)


async def test_misspelt_admin_command_is_suggested_only_to_admins(desk: Desk) -> None:
    assert "Did you mean" in await command(desk, MARCUS, "limti turns_per_person 5")
    assert ASKED in await command(desk, PRIYA, "limti turns_per_person 5")


@pytest.mark.usefixtures("impatient_jobs")
async def test_command_question_is_asked_once_if_storing_it_failed_at_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [TimeoutError, ConnectionError]
    deliver = send_job.AFTERWARDS["asked"]

    async def failing(*given: Any) -> None:
        await deliver(*given)
        if failures:
            raise failures.pop()

    monkeypatch.setitem(send_job.AFTERWARDS, "asked", failing)
    monkeypatch.setattr("bot.slack.outbox.sender.wait_out", _at_once)
    await command(desk, PRIYA, "what laptop do I have?")
    await settled(desk)
    question, answer = await conversation(desk, PRIYA)
    assert failures == []
    assert "MAC-5" in words(answer)
    assert answers(desk, question) == [answer]


async def _at_once(*_: object) -> None:
    """Return at once, in place of waiting."""
