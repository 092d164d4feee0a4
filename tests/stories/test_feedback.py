"""Feedback: people say whether an answer helped them, and admins see how many did."""

from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY

from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.services.provider import fails, says
from tests.stories.telling import (
    GENERAL,
    after,
    command,
    desk_with,
    said_in,
    words,
)

HELPED, DID_NOT_HELP = "positive_button", "negative_button"


def thumbs(message: Any) -> list[Any]:
    return [each for _, each in message.elements if each["type"] == "feedback_buttons"]


async def rate(desk: Desk, person: int, answer: Any, which: str) -> str:
    """Press one of the buttons and return what the person is told."""
    [both] = thumbs(answer)
    chosen = {"value": both[which]["value"]}
    before = len(desk.slack.ephemerals(desk.user(person), answer.channel))
    await desk.slack.press(desk.user(person), answer, both["action_id"], chosen)
    said = await desk.slack.until(
        lambda: desk.slack.ephemerals(desk.user(person), answer.channel)[before:]
    )
    return str(said[0].text)


def counted(verdict: str) -> float:
    return REGISTRY.get_sample_value("deskhand_feedback_total", {"verdict": verdict}) or 0


async def test_press_of_helped_is_stored_as_a_rating(desk: Desk) -> None:
    before = counted("helped")
    answer = await desk.ask(PRIYA, "what laptop do I have")
    assert "answer helped" in await rate(desk, PRIYA, answer, HELPED)
    assert "answer helped" in await rate(desk, PRIYA, answer, HELPED)
    assert counted("helped") == before + 1
    assert "built-in rules: 1 helped, 0 did not help" in await command(desk, MARCUS, "feedback")


async def test_admins_read_why_an_answer_did_not_help_without_name_and_question(desk: Desk) -> None:
    answer = await desk.ask(PRIYA, "what laptop do I have")
    assert "did not help" in await rate(desk, PRIYA, answer, DID_NOT_HELP)
    form = desk.slack.modal(desk.user(PRIYA))
    await desk.slack.submit(desk.user(PRIYA), form, {"reason": "It is <!here> *old*"})
    assert "without your name" in str(desk.slack.modal(desk.user(PRIYA)))
    said = await command(desk, MARCUS, "feedback")
    assert "0 helped, 1 did not help" in said
    assert "“It is <!here> *old*”" in said
    assert "Priya" not in said
    assert "laptop" not in said
    assert "for admins" in await command(desk, DANIEL, "feedback")


async def test_changed_rating_replaces_the_old_rating_and_its_reason(desk: Desk) -> None:
    answer = await desk.ask(PRIYA, "what laptop do I have")
    await rate(desk, PRIYA, answer, DID_NOT_HELP)
    await desk.slack.submit(desk.user(PRIYA), desk.slack.modal(desk.user(PRIYA)), {"reason": "Old"})
    await rate(desk, PRIYA, answer, HELPED)
    said = await command(desk, MARCUS, "feedback")
    assert "1 helped, 0 did not help" in said
    assert "Old" not in said


async def test_only_the_person_who_asked_can_rate_an_answer(desk: Desk) -> None:
    answer = await desk.ask(
        PRIYA, "@Deskhand what laptop do I have", desk.slack.channel(GENERAL).id
    )
    assert "Only the person who asked" in await rate(desk, DANIEL, answer, DID_NOT_HELP)
    assert "Nobody has rated" in await command(desk, MARCUS, "feedback")


async def test_feedback_command_counts_ratings_by_model(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, says("There.")) as (desk, served):
        answer = await desk.ask(PRIYA, "what laptop do I have")
        await rate(desk, PRIYA, answer, DID_NOT_HELP)
        model = served.requests[0]["model"]
        assert f"{model}: 0 helped, 1 did not help" in await command(desk, MARCUS, "feedback")


async def test_rating_buttons_are_below_the_final_answer_and_not_on_a_consent_card(
    desk: Desk,
) -> None:
    card = await desk.ask(DANIEL, "close TKT-54")
    assert thumbs(card) == []
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    assert len(thumbs(await after(desk, card))) == 1


async def test_answer_that_reports_a_failure_has_no_rating_buttons(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, fails(402)) as (desk, _):
        failed = await desk.ask(PRIYA, "hello")
        assert "Try again" in str(failed.blocks)
        assert thumbs(failed) == []


async def test_ephemeral_answer_has_ordinary_buttons_for_rating(desk: Desk) -> None:
    place = desk.slack.channel(GENERAL)
    place.is_ext_shared = True
    await said_in(desk, "@Deskhand what laptop do I have")
    [shown] = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(PRIYA), place.id))
    assert thumbs(shown) == []
    await desk.slack.press(desk.user(PRIYA), shown, "Helped")
    said = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(PRIYA), place.id)[1:])
    assert "answer helped" in said[0].text


async def test_answer_is_sent_without_rating_buttons_where_slack_refuses_them(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", error="invalid_blocks")
    answer = await desk.ask(PRIYA, "what laptop do I have")
    assert "MAC-" in words(answer)
    assert thumbs(answer) == []
