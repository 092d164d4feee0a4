"""An app without Slack's agent features, made from manifest-basic.yml."""

from collections.abc import AsyncIterator

import pytest

from bot.slack.turn import progress
from tests.fixtures import MARCUS, PRIYA, Desk
from tests.stories.telling import ASK, MENTION, command, settled
from tests.stories.test_accounts import NEW, asks, replace


@pytest.fixture
async def basic(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """A desk whose token lacks the scope assistant:write, which every turn would use."""
    monkeypatch.setattr(progress, "STATUS_DELAY", 0.0)
    desk.slack.fail("assistant.threads.setStatus", error="missing_scope", times=1_000)
    yield desk
    await settled(desk)
    assert [each for each in desk.slack.calls if each.method == "assistant.threads.setStatus"]


async def test_mentions_and_direct_messages_are_answered_with_the_basic_manifest(
    basic: Desk,
) -> None:
    assert "MAC-5" in str((await basic.ask(PRIYA, ASK)).blocks)
    channel = basic.slack.channel("general").id
    answer = await basic.ask(PRIYA, MENTION, channel)
    assert "MAC-5" in str(answer.blocks)
    again = await basic.ask(PRIYA, "close TKT-54", channel, answer.thread_ts)
    assert "Closed TKT-54" in str(again.blocks)


async def test_commands_and_questions_behind_them_are_answered_with_the_basic_manifest(
    basic: Desk,
) -> None:
    assert "TKT-54" in await command(basic, PRIYA, "", "/ticket")
    await command(basic, PRIYA, "what laptop do I have?")
    await settled(basic)
    messages = list(basic.slack.messages[await basic.direct(PRIYA)].values())
    assert "MAC-5" in str(messages[-1].blocks)


async def test_guest_is_served_with_the_basic_manifest_where_an_admin_allows_guests(
    basic: Desk,
) -> None:
    await command(basic, MARCUS, "guests on")
    guest = replace(NEW, is_restricted=True)
    assert "UTC" in await asks(basic, guest, "what time is it?")
