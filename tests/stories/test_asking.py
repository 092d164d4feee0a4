"""A message in Slack, and the one answer to it."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, text

import bot.admission
from bot.admission import BUSY, TURN_TRANSACTIONS
from bot.playground.nouns import Channel
from bot.slack.render.cards import expanded
from bot.slack.sentences import OFFLINE
from tests.fixtures import DANIEL, EMRE, HELENA, PRIYA, Desk
from tests.stories.telling import (
    GENERAL,
    Thinking,
    answers,
    desk_with,
    event,
    said_in,
    the_answer,
    typed,
    words,
)
from tests.waiting import PATIENCE


@pytest.mark.parametrize(
    ("person", "sentence", "expected"),
    [
        (PRIYA, "what laptop do I have", "MAC-5"),
        (DANIEL, "tickets assigned to me", "TKT-12"),
        (PRIYA, "open a ticket: VPN drops every hour", "TKT-61"),
        (DANIEL, "add a note to TKT-12: swapped the dock", "NOTE-72"),
        (DANIEL, "close TKT-12", "Closed TKT-12"),
        (PRIYA, "who is Priya", "USR-5"),
        (DANIEL, "laptops with 32 GB", "MAC-37"),
    ],
)
async def test_example_sentences_of_the_readme_are_answered(
    desk: Desk, person: int, sentence: str, expected: str
) -> None:
    assert expected in str((await desk.ask(person, sentence)).blocks)


async def test_mention_delivered_twice_is_answered_once(desk: Desk) -> None:
    channel = desk.slack.channel(GENERAL).id
    said = await desk.slack.say(desk.user(PRIYA), channel, "@Deskhand what laptop do I have")
    await the_answer(desk, said)


async def test_follow_up_in_a_thread_is_answered_without_a_mention(desk: Desk) -> None:
    channel = desk.slack.channel(GENERAL).id
    first = await desk.ask(PRIYA, "@Deskhand open a ticket: VPN drops every hour", channel)
    second = await desk.ask(PRIYA, "close it", channel, first.thread_ts)
    assert "Closed TKT-61" in words(second)


async def test_built_in_rules_say_once_per_thread_that_no_language_model_answers(
    desk: Desk,
) -> None:
    direct = await desk.direct(PRIYA)
    first = await desk.ask(PRIYA, "who is Priya", direct)
    second = await desk.ask(PRIYA, "my tickets", direct, first.thread_ts)
    assert [OFFLINE in str(each.blocks) for each in (first, second)] == [True, False]


async def test_message_without_a_mention_is_not_answered(desk: Desk) -> None:
    channel = desk.slack.channel(GENERAL).id
    said = await desk.slack.say(desk.user(PRIYA), channel, "what laptop do I have")
    await desk.ask(PRIYA, "what laptop do I have")
    assert answers(desk, said) == []


async def test_answer_to_a_change_shows_a_receipt_made_from_the_database(desk: Desk) -> None:
    answer = await desk.ask(PRIYA, "open a ticket: VPN drops every hour")
    contexts = [block for block in answer.blocks if block["type"] == "context"]
    assert "Created TKT-61" in contexts[0]["elements"][0]["text"]


async def test_requester_cannot_read_the_ticket_of_somebody_else(desk: Desk) -> None:
    answer = await desk.ask(EMRE, "show TKT-15")
    assert words(answer) == "There is no TKT-15 that you can see here."
    assert answer.buttons == []
    assert expanded((await desk.ask(HELENA, "show TKT-15")).blocks) == ["TKT-15"]


async def test_technician_in_a_channel_has_the_rights_of_a_requester(desk: Desk) -> None:
    channel = desk.slack.channel(GENERAL).id
    answer = await desk.ask(DANIEL, "@Deskhand show TKT-12", channel)
    assert "There is no TKT-12 that you can see here." in words(answer)
    assert "Message me directly" in str(answer.blocks)


async def test_group_message_is_answered_as_in_a_channel(desk: Desk) -> None:
    members = {desk.user(DANIEL), desk.user(PRIYA), desk.slack.bot.id}
    group = Channel("G0GROUP000", "mpdm-daniel--priya-1", members, is_private=True, is_mpim=True)
    desk.slack.add_channel(group)
    answer = await desk.ask(DANIEL, "@Deskhand show TKT-12", group.id)
    assert "There is no TKT-12 that you can see here." in words(answer)
    again = await desk.ask(DANIEL, "what laptop do I have", group.id, answer.thread_ts)
    assert "MAC-7" in words(again)


@pytest.mark.parametrize("in_thread", [False, True])
async def test_guest_is_refused_and_told_why(desk: Desk, in_thread: bool) -> None:
    guest = desk.slack.user(desk.user(EMRE))
    object.__setattr__(guest, "is_restricted", True)
    channel = desk.slack.channel(GENERAL).id
    root = await said_in(desk, "hello") if in_thread else None
    thread = root.ts if root else None
    said = await desk.slack.say(guest.id, channel, "@Deskhand who is Priya", thread)
    [told] = await desk.slack.until(lambda: desk.slack.ephemerals(guest.id, channel))
    assert "full members" in told.text
    assert told.thread_ts == thread
    assert answers(desk, said) == []


async def test_guest_is_refused_in_a_direct_message_by_an_ordinary_message(desk: Desk) -> None:
    object.__setattr__(desk.slack.user(desk.user(EMRE)), "is_restricted", True)
    assert "full members" in (await desk.ask(EMRE, "who is Priya")).text


async def test_two_messages_within_a_second_are_both_answered(desk: Desk) -> None:
    direct = await desk.direct(PRIYA)
    first = await desk.slack.say(desk.user(PRIYA), direct, "what laptop do I have")
    await desk.slack.say(desk.user(PRIYA), direct, "who is Priya", first.ts)

    def both() -> bool:
        said = " ".join(words(each) for each in answers(desk, first))
        return "MAC-5" in said and "USR-5" in said

    await desk.slack.until(both)


async def test_slack_is_acknowledged_while_the_model_thinks(
    fresh_database: str, tmp_path: Any
) -> None:
    slow = Thinking()
    async with desk_with(fresh_database, tmp_path, slow) as (desk, _):
        said = typed(desk)
        assert (await desk.slack.deliver(event(desk, said, "app_mention"))).ok
        await slow.begun.wait()
        assert answers(desk, said) == []
        slow.go.set()
        assert words(await desk.answer_to(said)) == "There you are."


@contextmanager
def admission(desk: Desk) -> Iterator[None]:
    """Count so many messages as being stored that turns have to wait during the block."""
    with ExitStack() as stack:
        for _ in range(BUSY):
            stack.enter_context(desk.runtime.admission.storing())
        yield


async def test_turns_wait_while_many_messages_are_being_stored(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.admission, "MAX_WAIT", PATIENCE)
    with admission(desk):
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "who is Priya")
        await asyncio.sleep(1)
        assert answers(desk, said) == []
    assert expanded((await desk.answer_to(said)).blocks) == ["USR-5"]


async def test_turn_waits_for_the_storing_of_messages_only_a_limited_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.admission, "MAX_WAIT", 0.05)
    with admission(desk):
        answer = await desk.ask(PRIYA, "who is Priya")
    assert expanded(answer.blocks) == ["USR-5"]


async def test_turns_that_outnumber_the_allowed_transactions_are_all_answered(desk: Desk) -> None:
    people = [PRIYA, DANIEL, EMRE, HELENA] * TURN_TRANSACTIONS
    answers = await asyncio.gather(*(desk.ask(each, f"who is USR-{each}") for each in people))
    shown = [expanded(answer.blocks) for answer in answers]
    assert shown == [[f"USR-{each}"] for each in people]


async def test_message_is_delivered_again_by_slack_if_storing_it_failed(
    desk: Desk, owner: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE deliveries RENAME TO away"))
    said = typed(desk)
    assert not (await desk.slack.deliver(event(desk, said))).ok
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO deliveries"))
    retry = {"x-slack-retry-num": "1"}
    assert (await desk.slack.deliver(event(desk, said, "app_mention"), retry)).ok
    assert "MAC-5" in await the_answer(desk, said)
