"""`python -m bot turn` prints what a turn did, step by step, for the people who run the desk."""

import re
from pathlib import Path

import pytest

from bot.cli.turn import newest_turns, one_turn
from services.errors import SetupError
from services.sanitize import sanitize
from tests.fixtures import DANIEL, EMRE, MARCUS, PRIYA, Desk, open_desk
from tests.services.provider import calls, llm, provider, says
from tests.stories.telling import desk_with, settled

TICKET = ("create_ticket", {"name": "VPN drops"})


def kinds(told: str) -> list[str]:
    return re.findall(r"^ *\+[\d.]+ s  (\w+)", told, re.MULTILINE)


async def test_turn_command_prints_a_turn_from_delivery_to_posted_message(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, calls(TICKET), says("Opened.")) as (desk, _):
        answer = await desk.ask(PRIYA, "my VPN drops")
        await settled(desk)
    told = one_turn(fresh_database, 1)
    assert kinds(told) == ["delivery", "person", "call", "result", "model"]
    assert "person    Priya Raman (USR-5)" in told
    assert "audience  private" in told
    assert 'create_ticket({"name": "VPN drops"})' in told
    assert f"Slack ts  {answer.ts}" in told
    assert told.endswith("The answer:\n\nOpened.")


async def test_turn_command_says_that_a_turn_waits_for_consent(
    desk: Desk, fresh_database: str
) -> None:
    await desk.ask(DANIEL, "close TKT-54")
    assert kinds(one_turn(fresh_database, 1)) == ["delivery", "person", "call", "consent"]
    assert "for update_tickets: asked, the turn waits for it" in one_turn(fresh_database, 1)


async def test_turn_command_without_a_number_lists_the_newest_turns_first(
    desk: Desk, fresh_database: str
) -> None:
    assert newest_turns(fresh_database) == "There is no turn yet."
    await desk.ask(PRIYA, "what laptop do I have")
    await desk.ask(MARCUS, "who is Priya")
    await settled(desk)
    second, first = newest_turns(fresh_database).splitlines()
    assert re.match(r" +2  \S+ \S+ UTC  answered +\d+\.\d s  Marcus Oyelaran, private", second)
    assert re.match(r" +1  .*Priya Raman", first)


@pytest.mark.parametrize("number", [0, -1, 77, 2**70])
def test_turn_command_refuses_an_unknown_number_with_a_sentence(
    fresh_database: str, number: int
) -> None:
    with pytest.raises(SetupError, match=rf"^There is no turn {number}\. .*$"):
        one_turn(fresh_database, number)


async def test_turn_command_removes_terminal_escapes_typed_by_people(
    fresh_database: str, tmp_path: Path
) -> None:
    async with (
        provider(says("\x1b[2Jgone \u202e")) as served,
        open_desk(fresh_database, tmp_path, **llm(served.url)) as desk,
    ):
        await desk.ask(EMRE, "hello\x1b]0;title\x07\nand more")
        await settled(desk)
    told = one_turn(fresh_database, 1)
    assert "hello�]0;title� ⏎ and more" in told
    assert told.endswith("�[2Jgone �")
    assert sanitize(told) == told
