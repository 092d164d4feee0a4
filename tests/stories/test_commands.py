"""Slash commands made from the tools: what they take, and what they say to odd words."""

import pytest
import structlog

from bot.slack.listeners.commands import COMMANDS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import command
from tests.stories.test_odd_arguments import assert_polite


async def typed(desk: Desk, person: int, name: str, words: str) -> str:
    """Type a command and return the words of what the person alone sees."""
    channel, user = desk.slack.channel("it-help").id, desk.user(person)
    before = len(desk.slack.ephemerals(user, channel))
    await desk.slack.command(user, channel, name, words)
    shown = desk.slack.ephemerals(user, channel)[before:]
    return "\n".join(
        str(block.get("text", {}).get("text", "")) for m in shown for block in m.blocks
    )


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("/ticket", "search", "Please add some words to search for."),
        ("/itsm", "who", "Please add a name or an email address."),
        ("/itsm", "digest maybe", "Choose on or off."),
        ("/itsm", "desk maybe", "Choose on or off."),
        ("/itsm", "limit turns_per_person", "The limit must be a number from 1 to 1,000,000."),
        ("/itsm", "limit turns_per_person 0", "The limit must be a number from 1 to 1,000,000."),
        ("/itsm", "limit turns 5", "Choose turns_per_person, "),
        ("/itsm", "role", "Please fill in “Person”."),
        ("/itsm", "role priya", "Please fill in “Role”."),
        ("/itsm", "role priya king", "Choose requester, technician or admin."),
        ("/itsm", "role nobody technician", "I found no person called “nobody”."),
        ("/itsm", "role USR-99999 technician", "There is no USR-99999 that you can see here."),
        ("/itsm", "audit foo", "I don't know that one. Use an id such as TKT-12."),
    ],
)
async def test_odd_words_are_answered_with_what_to_do(
    desk: Desk, name: str, words: str, expected: str
) -> None:
    said = await typed(desk, MARCUS, name, words)
    assert expected in said
    assert "_" not in said.replace("_per_", "")


async def test_person_is_found_by_name(desk: Desk) -> None:
    assert "Technician" in await command(desk, MARCUS, "role priya raman technician")


async def test_several_people_of_a_name_are_listed(desk: Desk) -> None:
    said = await typed(desk, MARCUS, "/itsm", "role an technician")
    assert "Several people fit “an”" in said
    assert "USR-" in said


async def test_new_ticket_without_words_opens_the_form(desk: Desk) -> None:
    assert await typed(desk, PRIYA, "/ticket", "new") == ""
    form = await desk.slack.until(lambda: desk.slack.modal(desk.user(PRIYA)))
    assert form.content["title"]["text"] == "New ticket"


async def test_new_ticket_with_words_creates_it(desk: Desk) -> None:
    assert "TKT-61" in await typed(desk, PRIYA, "/ticket", "new VPN drops")


@pytest.mark.parametrize("odd", ["x" * 5_000, "a\0b", "TKT-999999999", "9" * 25, "“", "-(" * 500])
async def test_every_subcommand_answers_odd_words(desk: Desk, odd: str) -> None:
    with structlog.testing.capture_logs() as logged:
        for name, entries in COMMANDS.items():
            for word in entries:
                said = await typed(desk, MARCUS, name, f"{word} {odd}")
                assert said
                if "Mention me" not in said:
                    assert_polite(said)
    assert [each for each in logged if each["event"] == "command_failed"] == []


async def test_technician_is_told_that_it_is_for_admins(desk: Desk) -> None:
    said = await typed(desk, DANIEL, "/itsm", "limit turns_per_person 5")
    assert said.startswith("This is for admins.")
