"""What a person deletes in Slack is removed from the desk's deliveries and transcripts."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.playground import payloads
from tests.fixtures import PRIYA, Desk
from tests.services.provider import fails, says
from tests.stories.telling import (
    Thinking,
    answers,
    desk_with,
    event,
    said_in,
    settled,
    stored,
    the_answer,
    typed,
)

pytestmark = pytest.mark.usefixtures("impatient_jobs")

SECRET = "swordfish"
ASK = f"@Deskhand what laptop do I have, my password is {SECRET}"


def kept(owner: Engine) -> str:
    """Return all texts of deliveries, and of people's messages in transcripts."""
    query = (
        "SELECT event::text FROM deliveries UNION ALL"
        " SELECT message::text FROM steps WHERE message ->> 'role' = 'user'"
    )
    with owner.connect() as connection:
        return "\n".join(connection.execute(text(query)).scalars())


def steps(owner: Engine) -> list[str]:
    query = "SELECT message ->> 'content' FROM steps WHERE message ->> 'role' = 'user' ORDER BY id"
    with owner.connect() as connection:
        return list(connection.execute(text(query)).scalars())


async def deliver(desk: Desk, said: Any, change: dict[str, Any]) -> None:
    place = desk.slack.channels[said.channel]
    assert (await desk.slack.deliver(payloads.event_callback(change, place))).ok


def deletion(desk: Desk, said: Any) -> dict[str, Any]:
    return payloads.deleted_event(said, desk.slack.channels[said.channel], desk.slack.next_ts())


def tombstone(desk: Desk, said: Any) -> dict[str, Any]:
    """Return Slack's event for a deleted message that has replies."""
    place, before = desk.slack.channels[said.channel], said.as_slack()
    changed = payloads.changed_event(said, before, place, desk.slack.next_ts())
    gone = {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted."}
    return changed | {"message": {"type": "message", "ts": said.ts, "hidden": True} | gone}


def bare_tombstone(desk: Desk, said: Any) -> dict[str, Any]:
    """Return the event of `tombstone` without `previous_message`."""
    return {**tombstone(desk, said), "previous_message": None}


def tombstone_itself(desk: Desk, said: Any) -> dict[str, Any]:
    """Return a tombstone that is delivered like a message."""
    place = {"channel": said.channel, "channel_type": "channel"}
    return tombstone(desk, said)["message"] | place | {"thread_ts": said.ts}


@pytest.mark.parametrize("how", [deletion, tombstone, bare_tombstone, tombstone_itself])
async def test_message_deleted_in_slack_after_its_answer_leaves_no_text_at_the_desk(
    desk: Desk, owner: Engine, how: Any
) -> None:
    said = await said_in(desk, ASK)
    await the_answer(desk, said)
    assert SECRET in kept(owner)
    for _ in range(2):
        await deliver(desk, said, how(desk, said))
    assert SECRET not in kept(owner)
    assert steps(owner) == ["(deleted)"]
    await settled(desk)
    assert len(answers(desk, said)) == 1


async def test_other_messages_of_a_thread_stay_when_one_is_deleted_in_slack(
    desk: Desk, owner: Engine
) -> None:
    direct = await desk.direct(PRIYA)
    first = await desk.ask(PRIYA, "who is Marcus?", direct)
    root = first.thread_ts
    await desk.ask(PRIYA, f"who is {SECRET}?", direct, root)
    await desk.ask(PRIYA, "what laptop do I have", direct, root)
    await settled(desk)
    said = [each for each in desk.slack.replies(direct, root) if SECRET in each.text]
    await deliver(desk, said[0], deletion(desk, said[0]))
    assert steps(owner) == ["who is Marcus?", "(deleted)", "what laptop do I have"]


async def test_deleting_an_edited_message_also_removes_its_earlier_wording(
    desk: Desk, owner: Engine
) -> None:
    desk.slack.fail("users.info", error="internal_error", times=2)
    said = await said_in(desk, ASK)
    await stored(desk, said.text)
    await desk.slack.edit(said, f"@Deskhand who is Priya, not {SECRET}")
    await the_answer(desk, said)
    await deliver(desk, said, deletion(desk, said))
    assert SECRET not in kept(owner)
    assert steps(owner) == ["(deleted)"]


async def test_deleting_a_question_in_slack_also_removes_the_copy_that_try_again_made(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    async with desk_with(fresh_database, tmp_path, fails(402)) as (desk, _):
        said = await said_in(desk, ASK)
        failed = await desk.answer_to(said)
        await desk.slack.press(desk.user(PRIYA), failed, "Try again")
        await desk.slack.until(lambda: len(answers(desk, said)) == 2)
        await settled(desk)
        assert steps(owner)[0] == steps(owner)[1]
        await deliver(desk, said, deletion(desk, said))
        assert SECRET not in kept(owner)


async def test_message_delivered_after_its_own_deletion_is_not_stored(
    desk: Desk, owner: Engine
) -> None:
    said = typed(desk, f"<@U0DESKHAND> {SECRET}")
    await deliver(desk, said, deletion(desk, said))
    await desk.slack.deliver(event(desk, said, "app_mention"))
    await settled(desk)
    assert SECRET not in kept(owner)
    assert answers(desk, said) == []


async def test_edit_of_a_message_delivered_after_the_deletion_is_not_stored(
    desk: Desk, owner: Engine
) -> None:
    said = await said_in(desk, "@Deskhand who is Marcus?")
    await the_answer(desk, said)
    before, place = said.as_slack(), desk.slack.channels[said.channel]
    said.text += f", asks {SECRET}"
    edit = payloads.changed_event(said, before, place, desk.slack.next_ts())
    await deliver(desk, said, deletion(desk, said))
    await deliver(desk, said, edit)
    await settled(desk)
    assert SECRET not in kept(owner)
    assert len(answers(desk, said)) == 1


async def test_tombstone_of_a_waiting_question_is_not_answered(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    first = Thinking()
    async with desk_with(fresh_database, tmp_path, first, says("Second.")) as (desk, served):
        direct, priya = await desk.direct(PRIYA), desk.user(PRIYA)
        said = await desk.slack.say(priya, direct, "hello")
        await first.begun.wait()
        second = await desk.slack.say(priya, direct, SECRET, said.ts)
        await deliver(desk, second, tombstone(desk, second))
        first.go.set()
        await the_answer(desk, said)
        assert len(served.requests) == 1
        assert SECRET not in kept(owner)


async def test_message_deleted_in_slack_during_its_turn_leaves_no_text_at_the_desk(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    thinking = Thinking()
    async with desk_with(fresh_database, tmp_path, thinking) as (desk, _):
        said = await said_in(desk, ASK)
        await thinking.begun.wait()
        await deliver(desk, said, deletion(desk, said))
        assert SECRET not in kept(owner)
        thinking.go.set()
        assert await the_answer(desk, said) == "There you are."
        assert steps(owner) == ["(deleted)"]
