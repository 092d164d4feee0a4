"""Presses that Slack does not let the desk answer below the message: a dialog answers them."""

from pathlib import Path
from typing import Any

import pytest

from bot.slack.render.cards import expanded
from tests.fixtures import DANIEL, EMRE, MARCUS, PRIYA, Desk
from tests.services.provider import fails, says
from tests.stories.telling import GENERAL, MENTION, answers, command, desk_with, said_in, settled

STATUSES = pytest.mark.parametrize("status", [200, 404])


async def dialog(desk: Desk, person: int) -> str:
    view = await desk.slack.until(lambda: desk.slack.modal(desk.user(person)))
    return str(view.content)


@STATUSES
async def test_card_that_slack_refuses_below_a_message_is_a_dialog(desk: Desk, status: int) -> None:
    user, channel = desk.user(DANIEL), desk.slack.channel(GENERAL).id
    answer = await desk.ask(PRIYA, MENTION, channel)
    desk.slack.fail("response_url", error="used_url", status=status)
    await desk.slack.press(user, answer, "MAC-5")
    assert "Battery health" in await dialog(desk, DANIEL)
    assert desk.slack.ephemerals(user, channel) == []
    await desk.slack.press(user, answer, "MAC-5")
    await desk.slack.until(lambda: desk.slack.ephemerals(user, channel))


async def test_card_that_slack_refuses_in_a_message_is_a_dialog(desk: Desk) -> None:
    answer = await desk.ask(PRIYA, "my open tickets")
    desk.slack.fail("response_url", error="invalid_blocks", status=400)
    await desk.slack.press(desk.user(PRIYA), answer, "TKT-54")
    assert "TKT-54" in await dialog(desk, PRIYA)
    assert expanded(answer.blocks) == []


async def test_card_opens_in_a_dialog_if_the_answer_is_too_long_to_hold_it(
    fresh_database: str, tmp_path: Path
) -> None:
    paragraphs = "\n\n".join(["TKT-54 and MAC-5 are one story.", *["It is long."] * 50])
    async with desk_with(fresh_database, tmp_path, says(paragraphs)) as (desk, _):
        answer = await desk.ask(PRIYA, "tell me about TKT-54 and MAC-5")
        await settled(desk)
        await desk.slack.press(desk.user(PRIYA), answer, "TKT-54")
        assert "TKT-54" in await dialog(desk, PRIYA)
        assert expanded(answer.blocks) == []


async def test_decision_is_shown_in_a_dialog_if_slack_refuses_to_change_the_card(
    desk: Desk,
) -> None:
    card = await desk.ask(DANIEL, "close TKT-54")
    desk.slack.fail("response_url", error="expired_url", status=404)
    await desk.slack.press(desk.user(DANIEL), card, "Refuse")
    assert "refused" in await dialog(desk, DANIEL)


async def test_sentence_that_slack_refuses_below_a_message_is_a_dialog(desk: Desk) -> None:
    answer = await desk.ask(PRIYA, MENTION, desk.slack.channel(GENERAL).id)
    desk.slack.fail("response_url", error="used_url")
    await desk.slack.press(desk.user(EMRE), answer, "MAC-5")
    assert "There is no MAC-5 that you can see here." in await dialog(desk, EMRE)


async def test_refused_global_shortcut_is_answered_with_a_dialog(desk: Desk) -> None:
    object.__setattr__(desk.slack.user(desk.user(EMRE)), "is_restricted", True)
    await desk.slack.shortcut(desk.user(EMRE), "new_ticket")
    assert "full members" in await dialog(desk, EMRE)


async def test_global_shortcut_over_the_hourly_limit_is_answered_with_a_dialog(desk: Desk) -> None:
    await command(desk, MARCUS, "limit actions_per_person 1")
    await command(desk, PRIYA, "who priya")
    await desk.slack.shortcut(desk.user(PRIYA), "new_ticket")
    assert "reached this hour's limit" in await dialog(desk, PRIYA)


async def test_try_again_below_an_ephemeral_answer_removes_it(
    fresh_database: str, tmp_path: Path
) -> None:
    script: Any = fails(402), says("It works again.")
    async with desk_with(fresh_database, tmp_path, *script) as (desk, _):
        desk.slack.channel(GENERAL).is_ext_shared = True
        said = await said_in(desk, "@Deskhand VPN drops")
        shown = lambda: desk.slack.ephemerals(said.user, said.channel)  # noqa: E731
        [failed] = await desk.slack.until(shown)
        await desk.slack.press(said.user, failed, "Try again")
        [again] = await desk.slack.until(lambda: [x for x in shown() if x is not failed])
        assert "It works again." in str(again.blocks)
        await desk.slack.until(lambda: failed not in shown())
        assert answers(desk, said) == []
