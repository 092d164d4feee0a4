"""Which change “undo that” means, and how an answer shows that its change was undone."""

from typing import Any

import pytest

from tests.fixtures import DANIEL, PRIYA, Desk
from tests.stories.telling import ActingAs, after, approved, card_text, settled, told

CHANGES = [
    ("close TKT-12", "TKT-12's status is Assigned again (was Closed)"),
    ("set the priority of TKT-12 to low", "TKT-12's priority is "),
    ("rename TKT-12 to “Dock”", "TKT-12's name is \""),
    ("unassign TKT-12", "status is Assigned again (was Open)"),
    ("open a ticket: VPN drops", "Deleted TKT-61"),
    ("add a note to TKT-12: swapped the dock", "Deleted NOTE-"),
]


def receipts(message: Any) -> str:
    found = [each for each in message.blocks if each.get("block_id") == "receipts"]
    return str(found[0]["elements"][0]["text"]) if found else ""


async def shown_as_undone(desk: Desk, message: Any) -> str:
    await desk.slack.until(lambda: "Undone" in receipts(message))
    await settled(desk)
    return receipts(message)


@pytest.mark.parametrize(("words", "now"), CHANGES)
async def test_answer_whose_change_was_undone_says_how_the_record_is_now(
    desk: Desk, words: str, now: str
) -> None:
    answer = await desk.ask(DANIEL, words)
    if "Approve" in answer.buttons:
        answer = await approved(desk, DANIEL, words)
    assert receipts(answer).startswith("✅")
    said = await told(desk, DANIEL, answer, "Undo")
    assert said.startswith("Undone: ")
    assert now in said
    shown = await shown_as_undone(desk, answer)
    assert shown.startswith("↩️ Undone: ")
    assert now in shown
    assert "✅" not in str(answer.blocks)
    assert "Undo" not in answer.buttons


async def test_undo_requested_in_words_also_updates_the_answer_with_the_change(desk: Desk) -> None:
    answer = await desk.ask(DANIEL, "close TKT-12")
    undone = await desk.ask(DANIEL, "undo that", thread=answer.thread_ts)
    assert "TKT-12's status is Assigned again (was Closed)" in str(undone.blocks)
    assert "Assigned again" in await shown_as_undone(desk, answer)
    assert "Undo" not in answer.buttons


async def test_answer_says_that_its_change_is_done_again_after_undoing_the_undo(
    desk: Desk, acting_as: ActingAs
) -> None:
    answer = await desk.ask(DANIEL, "close TKT-12")
    undone = await desk.ask(DANIEL, "undo that", thread=answer.thread_ts)
    await shown_as_undone(desk, answer)
    await told(desk, DANIEL, undone, "Undo")
    assert "Closed again (was Assigned)" in await shown_as_undone(desk, undone)
    await desk.slack.until(lambda: "✅" in receipts(answer))
    assert "Status: Closed" in await card_text(acting_as, DANIEL, "TKT-12")


async def test_open_card_stays_in_an_answer_whose_change_was_undone(desk: Desk) -> None:
    answer = await desk.ask(DANIEL, "close TKT-12")
    assert "card:TKT-12" in str(answer.blocks)
    await told(desk, DANIEL, answer, "Undo")
    await shown_as_undone(desk, answer)
    assert "card:TKT-12" in str(answer.blocks)


async def test_consent_card_says_that_its_change_was_undone(desk: Desk) -> None:
    card = await desk.ask(DANIEL, "close TKT-54")
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    answer = await after(desk, card)
    await told(desk, DANIEL, answer, "Undo")
    await shown_as_undone(desk, answer)
    await desk.slack.until(lambda: "It was undone later." in str(card.blocks))


# ---- which change is meant


async def test_undo_requested_in_words_reverses_the_last_change_of_the_thread(
    desk: Desk, acting_as: ActingAs
) -> None:
    first = await desk.ask(DANIEL, "close TKT-12")
    await desk.ask(DANIEL, "set TKT-18 on hold")
    undone = await desk.ask(DANIEL, "undo that", thread=first.thread_ts)
    assert "TKT-12's status is Assigned again" in str(undone.blocks)
    assert "Status: Assigned" in await card_text(acting_as, DANIEL, "TKT-12")
    assert "Status: On Hold" in await card_text(acting_as, DANIEL, "TKT-18")


@pytest.mark.parametrize("wish", ["undo that", "undo", "take back my last change"])
async def test_undo_requested_in_words_ignores_changes_of_other_threads(
    desk: Desk, acting_as: ActingAs, wish: str
) -> None:
    talk = await desk.ask(PRIYA, "what laptop do I have")
    await desk.ask(PRIYA, "close TKT-54")
    refused = await desk.ask(PRIYA, wish, thread=talk.thread_ts)
    assert "no change of yours to undo here" in str(refused.blocks)
    assert "Status: Closed" in await card_text(acting_as, PRIYA, "TKT-54")


async def test_undo_requested_in_a_new_channel_thread_reverses_nothing(
    desk: Desk, acting_as: ActingAs
) -> None:
    await desk.ask(PRIYA, "close TKT-54")
    channel = desk.slack.channel("general").id
    refused = await desk.ask(PRIYA, "@Deskhand undo that", channel)
    assert "no change of yours to undo here" in str(refused.blocks)
    assert "Status: Closed" in await card_text(acting_as, PRIYA, "TKT-54")


async def test_undo_requested_in_a_new_direct_thread_reverses_the_last_direct_change(
    desk: Desk, acting_as: ActingAs
) -> None:
    await desk.ask(PRIYA, "close TKT-54")
    await desk.ask(PRIYA, "what laptop do I have")
    assert "Undone" in str((await desk.ask(PRIYA, "undo that")).blocks)
    assert "Status: Open" in await card_text(acting_as, PRIYA, "TKT-54")


async def test_undo_requested_in_words_ignores_changes_of_other_people_in_the_thread(
    desk: Desk, acting_as: ActingAs
) -> None:
    channel = desk.slack.channel("general").id
    first = await desk.ask(PRIYA, "@Deskhand close TKT-54", channel)
    refused = await desk.ask(DANIEL, "@Deskhand undo that", channel, first.thread_ts)
    assert "no change of yours to undo here" in str(refused.blocks)
    assert "Status: Closed" in await card_text(acting_as, PRIYA, "TKT-54")
