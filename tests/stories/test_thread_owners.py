"""In a thread, only messages of people who asked the desk there are questions to it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.slack.turn import progress
from services.agent.silence import NOTHING_TO_ADD
from services.agent.transcript import SILENCE
from tests.fixtures import DANIEL, EMRE, PRIYA, Desk
from tests.services.provider import calls, fails, says
from tests.stories.telling import (
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

TO_OTHERS = (
    "<@U00000022> yes, twice",
    "<@U00000022|emre> yes",
    "  <@U00000022>: who is Priya",
    "hey <@U00000022>, what laptop do I have",
    "thanks <@U00000022>! who is Priya",
    "Yes, thank you <@U00000022>",
    "<@U00000022> <@U00000006> lunch?",
    "<!subteam^S1|@net> what laptop do I have",
    "<!here> who is Priya",
    "cc <@U0STRANGER>",
)
# With what the built-in rules answer, where they understand it.
FOLLOW_UPS = {
    "who is <@U00000002>": "USR-2",
    "what laptop does <@U00000006> have?": "Daniel Okafor",
    "<!date^1392734382^{date}|18 February> who is Priya": "",
    "what laptop do I have": "MAC-5",
    "<@U00000022> and <@U0DESKHAND> who is Priya": "",
}


async def reply(desk: Desk, root: Any, person: int, words_: str) -> Any:
    """Write a reply as Slack stores it, and deliver it."""
    place = desk.slack.channels[root.channel]
    sent = words_.replace("U0DESKHAND", desk.slack.bot.id)
    said = desk.slack.post_typed(place, desk.user(person), sent, root.ts)
    assert (await desk.slack.deliver(event(desk, said))).ok
    return said


async def heard(desk: Desk, owner: Engine, root: Any) -> list[str]:
    """Return the texts of all answers in a thread, once no job is left."""
    await settled(desk)
    with owner.connect() as connection:
        waiting = "SELECT count(*) FROM deliveries WHERE state = 'waiting'"
        assert connection.scalar(text(waiting)) == 0
    return [words(each) for each in answers(desk, root)]


async def test_message_in_a_thread_to_somebody_else_is_not_answered(
    desk: Desk, owner: Engine
) -> None:
    root = await said_in(desk, MENTION)
    await the_answer(desk, root)
    for words_ in TO_OTHERS:
        await reply(desk, root, PRIYA, words_)
    assert len(await heard(desk, owner, root)) == 1


@pytest.mark.parametrize("words_", FOLLOW_UPS)
async def test_follow_up_of_the_asker_is_answered_without_a_mention(
    fresh_database: str, tmp_path: Path, words_: str
) -> None:
    async with desk_with(fresh_database, tmp_path, says("One."), says("Two.")) as (desk, served):
        root = await said_in(desk, MENTION)
        await the_answer(desk, root)
        answer = await desk.answer_to(await reply(desk, root, PRIYA, words_))
        assert words(answer) == "Two."
        assert len(served.requests) == 2


async def test_built_in_rules_answer_follow_ups_of_the_asker(desk: Desk) -> None:
    root = await said_in(desk, MENTION)
    await the_answer(desk, root)
    for words_, expected in FOLLOW_UPS.items():
        if expected:
            assert expected in words(await desk.answer_to(await reply(desk, root, PRIYA, words_)))


@pytest.mark.parametrize("words_", ["lunch?", "who is Priya", "what laptop do I have", "+1", "yes"])
async def test_newcomer_to_a_thread_is_not_answered_without_a_mention(
    desk: Desk, owner: Engine, words_: str
) -> None:
    root = await said_in(desk, MENTION)
    await the_answer(desk, root)
    for person in (DANIEL, EMRE):
        await reply(desk, root, person, words_)
    assert len(await heard(desk, owner, root)) == 1
    with owner.connect() as connection:
        kept = text("SELECT string_agg(event::text, ' ') FROM deliveries WHERE state = 'overheard'")
        assert f'"{words_}' not in str(connection.scalar(kept))


async def test_newcomer_who_mentions_the_desk_is_answered_without_mentions_from_then_on(
    desk: Desk,
) -> None:
    root = await said_in(desk, MENTION)
    await the_answer(desk, root)
    await reply(desk, root, DANIEL, "who is Priya")
    mention = await reply(desk, root, DANIEL, "<@U0DESKHAND> what laptop do I have")
    assert "MAC-7" in words(await desk.answer_to(mention))
    follow_up = await reply(desk, root, DANIEL, "who is Marcus")
    assert "USR-2" in words(await desk.answer_to(follow_up))
    await settled(desk)
    assert len(answers(desk, root)) == 3


async def test_reply_delivered_before_its_question_is_answered_only_if_meant_for_the_desk(
    desk: Desk, owner: Engine
) -> None:
    root = typed(desk)
    for person, words_ in (
        (PRIYA, "who is Marcus?"),
        (PRIYA, "<@U00000022> who is Daniel?"),
        (EMRE, "who is Priya?"),
    ):
        await reply(desk, root, person, words_)
    await desk.slack.deliver(event(desk, root, "app_mention"))
    await desk.slack.until(lambda: len(answers(desk, root)) == 2)
    found = await heard(desk, owner, root)
    assert "MAC-5" in found[0]
    assert "USR-2" in found[1]
    assert len(found) == 2


async def test_every_direct_message_is_answered_whomever_it_mentions(desk: Desk) -> None:
    direct = await desk.direct(PRIYA)
    for words_ in ("@marcus.oyelaran who is Priya", "thanks @emre.yildiz", "lunch?"):
        assert words(await desk.ask(PRIYA, words_, direct))


# ---- silence

SILENT = (SILENCE, f"`{SILENCE}`", f"**{SILENCE}**.", f"{SILENCE}: this is for Emre.", "no_reply")


@pytest.fixture
def immediate_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "STATUS_DELAY", 0)


@pytest.mark.usefixtures("immediate_status")
@pytest.mark.parametrize("silent", SILENT)
async def test_follow_up_stays_unanswered_if_the_model_chooses_silence(
    fresh_database: str, tmp_path: Path, owner: Engine, silent: str
) -> None:
    thinking = Thinking(silent)
    script = says("One."), thinking, says("Three.")
    async with desk_with(fresh_database, tmp_path, *script) as (desk, served):
        root = await said_in(desk, MENTION)
        await the_answer(desk, root)
        await reply(desk, root, PRIYA, "yes, twice")
        await desk.slack.until(lambda: desk.slack.statuses)
        thinking.go.set()
        await settled(desk)
        assert [words(each) for each in answers(desk, root)] == ["One."]
        assert not desk.slack.statuses
        assert SILENCE not in str(served.requests[0]["messages"])
        assert SILENCE in str(served.requests[1]["messages"][0])
        again = await reply(desk, root, PRIYA, "<@U0DESKHAND> and now?")
        assert words(await desk.answer_to(again)) == "Three."
        sent = [each["content"] for each in served.requests[-1]["messages"][1:]]
        assert "yes, twice" in str(sent)
        assert "" not in sent
        await settled(desk)
    with owner.connect() as connection:
        outbox = text("SELECT state FROM outbox ORDER BY key")
        assert list(connection.scalars(outbox)) == ["sent", "skipped", "sent"]
        turns = text("SELECT DISTINCT state FROM turns")
        assert list(connection.scalars(turns)) == ["answered"]


@pytest.mark.usefixtures("immediate_status")
async def test_turn_that_ends_without_an_answer_deletes_its_live_message(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "MESSAGE_DELAY", 0.1)
    thinking = Thinking(SILENCE)
    async with desk_with(fresh_database, tmp_path, says("One."), thinking) as (desk, _):
        root = await said_in(desk, MENTION)
        await desk.answer_to(root)
        await reply(desk, root, PRIYA, "yes, twice")
        await desk.slack.until(lambda: any("Stop" in each.buttons for each in answers(desk, root)))
        thinking.go.set()
        await settled(desk)
        assert [words(each) for each in answers(desk, root)] == ["One."]
        assert not desk.slack.statuses


async def test_message_to_the_desk_is_answered_though_the_model_stays_silent(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, says(SILENCE)) as (desk, _):
        assert words(await desk.ask(PRIYA, "hello")) == NOTHING_TO_ADD
        assert await the_answer(desk, await said_in(desk, MENTION)) == NOTHING_TO_ADD


async def test_turn_that_made_a_change_is_answered_though_the_model_stays_silent(
    fresh_database: str, tmp_path: Path
) -> None:
    made = calls(("create_ticket", {"name": "VPN drops"}))
    script = says("One."), made, says(SILENCE)
    async with desk_with(fresh_database, tmp_path, *script) as (desk, _):
        root = await said_in(desk, MENTION)
        await the_answer(desk, root)
        answer = await desk.answer_to(await reply(desk, root, PRIYA, "VPN drops again"))
        assert words(answer) == NOTHING_TO_ADD
        assert "Created TKT-61" in str(answer.blocks)


@pytest.mark.parametrize(
    "said", [f"Here you are. {SILENCE}", f"Here you are.\n\n{SILENCE}", "Here you are."]
)
async def test_silence_marker_of_a_model_is_never_shown_to_people(
    fresh_database: str, tmp_path: Path, said: str
) -> None:
    async with desk_with(fresh_database, tmp_path, says("One."), says(said)) as (desk, _):
        root = await said_in(desk, MENTION)
        await the_answer(desk, root)
        answer = await desk.answer_to(await reply(desk, root, PRIYA, "who is Priya"))
        assert words(answer) == "Here you are."


@pytest.mark.parametrize("words_", ["lunch?", "yes, twice", "are we still on for noon?", "thanks!"])
async def test_rules_leave_a_follow_up_that_they_do_not_understand_unanswered(
    desk: Desk, owner: Engine, words_: str
) -> None:
    root = await said_in(desk, MENTION)
    await the_answer(desk, root)
    await reply(desk, root, PRIYA, words_)
    assert len(await heard(desk, owner, root)) == 1


async def test_rules_in_place_of_a_failed_model_leave_a_follow_up_unanswered(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    async with desk_with(fresh_database, tmp_path, says("One."), fails(402)) as (desk, _):
        root = await said_in(desk, MENTION)
        await the_answer(desk, root)
        await reply(desk, root, PRIYA, "lunch?")
        assert await heard(desk, owner, root) == ["One."]


async def test_built_in_rules_answer_the_reply_to_their_own_question(desk: Desk) -> None:
    root = await said_in(desk, "@Deskhand add a note to TKT-54")
    assert (await the_answer(desk, root)).endswith("?")
    answer = await desk.answer_to(await reply(desk, root, PRIYA, "swapped the disk"))
    assert "NOTE-" in words(answer)
