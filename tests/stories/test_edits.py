"""A message that is edited in Slack: nothing is done twice for it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.playground import payloads
from tests.fixtures import DANIEL, PRIYA, Desk
from tests.services.provider import calls
from tests.stories.telling import (
    ASK,
    GENERAL,
    MENTION,
    Thinking,
    answers,
    desk_with,
    event,
    said_in,
    settled,
    the_answer,
    typed,
    words,
)

pytestmark = pytest.mark.usefixtures("impatient_jobs")

TICKET = "open a ticket: VPN dorps every hour"
CORRECTIONS = (
    "open a ticket: VPN drops every hour",
    "open a ticket: VPN drops every hour!",
    "open a ticket: printer smokes",
    "what laptop do I have",
    "never mind",
)


def tickets(owner: Engine) -> int:
    with owner.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM tickets")) or 0) - 60


@pytest.mark.parametrize("place", [GENERAL, "a direct message"])
async def test_edit_of_a_message_after_its_answer_changes_nothing(
    desk: Desk, owner: Engine, place: str
) -> None:
    direct = place != GENERAL
    where = await desk.direct(PRIYA) if direct else desk.slack.channel(GENERAL).id
    address = "" if direct else "@Deskhand "
    said = await desk.slack.say(desk.user(PRIYA), where, address + TICKET)
    await the_answer(desk, said)
    for correction in CORRECTIONS:
        await desk.slack.edit(said, address + correction)
        await the_answer(desk, said)
    assert tickets(owner) == 1


async def test_edit_of_a_message_while_the_model_thinks_creates_no_second_ticket(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    thinking = Thinking("Opened.")
    made = calls(("create_ticket", {"name": "VPN dorps"}))
    async with desk_with(fresh_database, tmp_path, made, thinking, made) as (desk, served):
        said = await said_in(desk, f"@Deskhand {TICKET}")
        await thinking.begun.wait()
        await desk.slack.edit(said, "@Deskhand open a ticket: VPN drops")
        thinking.go.set()
        assert await the_answer(desk, said) == "Opened."
        assert len(served.requests) == 2
    assert tickets(owner) == 1


async def test_edit_of_an_answered_message_delivered_twice_changes_nothing(desk: Desk) -> None:
    said = await said_in(desk, MENTION)
    await the_answer(desk, said)
    before = said.as_slack()
    said.text = said.text.replace(ASK, "who is Priya")
    place = desk.slack.channels[said.channel]
    edited = payloads.changed_event(said, before, place, desk.slack.next_ts())
    for _ in range(2):
        assert (await desk.slack.deliver(payloads.event_callback(edited, place))).ok
    assert "MAC-5" in await the_answer(desk, said)


async def test_mention_added_by_an_edit_is_answered_once(desk: Desk) -> None:
    said = await said_in(desk, ASK)
    await settled(desk)
    assert answers(desk, said) == []
    for later in (MENTION, f"{MENTION}?", "@Deskhand who is Priya"):
        await desk.slack.edit(said, later)
        assert "MAC-5" in await the_answer(desk, said)


async def test_mention_added_to_an_overheard_reply_is_answered(desk: Desk) -> None:
    root = await said_in(desk, MENTION)
    await the_answer(desk, root)
    reply = await desk.slack.say(desk.user(DANIEL), root.channel, "who is Marcus", root.ts)
    await settled(desk)
    assert len(answers(desk, root)) == 1
    await desk.slack.edit(reply, "@Deskhand who is Marcus")
    assert "USR-2" in words(await desk.answer_to(reply))


async def test_mention_added_to_an_answered_follow_up_changes_nothing(
    desk: Desk, owner: Engine
) -> None:
    root = await said_in(desk, MENTION)
    await the_answer(desk, root)
    follow_up = await desk.slack.say(desk.user(PRIYA), root.channel, TICKET, root.ts)
    await desk.answer_to(follow_up)
    await desk.slack.edit(follow_up, f"@Deskhand {TICKET}")
    await settled(desk)
    assert len(answers(desk, root)) == 2
    assert tickets(owner) == 1


@pytest.mark.parametrize("change", ["preview of a link", "no text", "no change"])
async def test_edit_event_with_unchanged_text_is_not_answered(desk: Desk, change: str) -> None:
    said = await said_in(desk, MENTION)
    await the_answer(desk, said)
    before, place = said.as_slack(), desk.slack.channels[said.channel]
    changed = payloads.changed_event(said, before, place, desk.slack.next_ts())
    if change == "preview of a link":
        preview = {"title": "A page", "text": "<@U0DESKBOT0> who is Priya", "from_url": "https://a"}
        changed["message"] |= {"attachments": [preview]}
    elif change == "no text":
        changed["message"] |= {"text": None, "blocks": []}
    assert (await desk.slack.deliver(payloads.event_callback(changed, place))).ok
    assert "MAC-5" in await the_answer(desk, said)


async def test_message_and_its_edits_delivered_at_once_are_answered_once(desk: Desk) -> None:
    said = typed(desk)
    first = event(desk, said, "app_mention")
    before, place = said.as_slack(), desk.slack.channels[said.channel]
    said.text = f"{said.text}?"
    edit = payloads.changed_event(said, before, place, desk.slack.next_ts())
    edited: Any = payloads.event_callback(edit, place)
    await asyncio.gather(*(desk.slack.deliver(each) for each in (first, edited, first, edited)))
    assert "MAC-5" in await the_answer(desk, said)
