"""Slash commands made from the tools: their arguments, and answers to text that is none."""

from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from bot.slack.listeners import press
from bot.slack.listeners.subcommands import COMMANDS
from bot.slack.sentences import SLOW
from services.entities.column import TITLE_LENGTH
from services.tools.typed import headline
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import command
from tests.stories.test_odd_arguments import assert_polite


async def typed(desk: Desk, person: int, name: str, words: str) -> str:
    """Type a command and return the text of the answer, which only the person sees."""
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
        (
            "/itsm",
            "role TKT-12 technician",
            "but a person is needed here: give an id such as USR-12.",
        ),
        ("/itsm", "audit foo", "I found no record of that id or name. Try fewer words,"),
    ],
)
async def test_wrong_arguments_of_a_command_are_answered_with_the_remedy(
    desk: Desk, name: str, words: str, expected: str
) -> None:
    said = await typed(desk, MARCUS, name, words)
    assert expected in said
    assert "_" not in said.replace("_per_", "")


async def test_person_given_to_a_command_is_found_by_name(desk: Desk) -> None:
    assert "Technician" in await command(desk, MARCUS, "role priya raman technician")


async def test_command_with_a_name_of_several_people_lists_them(desk: Desk) -> None:
    said = await typed(desk, MARCUS, "/itsm", "role an technician")
    assert "Several people fit “an”" in said
    assert "USR-" in said


@pytest.mark.parametrize("slip", ["Piya Raman", "priya ramna", "Prriya", "prixa raman"])
async def test_command_with_a_misspelt_name_asks_who_is_meant_and_changes_nobody(
    desk: Desk, slip: str
) -> None:
    said = await typed(desk, MARCUS, "/itsm", f"role {slip} technician")
    assert f"I found no person called “{slip}”. Did you mean " in said
    assert "Priya Raman (USR-5, " in said


async def test_role_command_does_not_match_people_by_department(desk: Desk, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE people SET department = 'Zoology' WHERE id = 5"))
    said = await typed(desk, MARCUS, "/itsm", "role zoology technician")
    assert "I found no person called “zoology”." in said


async def test_whole_name_in_a_command_finds_only_the_person_with_exactly_that_name(
    desk: Desk, owner: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO people (name, email) VALUES ('Priya Ramanathan', 'pr@a.example'),"
                " ('Priya Raman-Okafor', 'pro@a.example')"
            )
        )
    assert "Several people fit" in await typed(desk, MARCUS, "/itsm", "role priya technician")
    assert "Technician" in await command(desk, MARCUS, "role PRIYA RAMAN technician")


async def test_ticket_new_command_without_words_opens_the_form(desk: Desk) -> None:
    assert await typed(desk, PRIYA, "/ticket", "new") == ""
    form = await desk.slack.until(lambda: desk.slack.modal(desk.user(PRIYA)))
    assert form.content["title"]["text"] == "New ticket"


async def test_form_that_opens_slowly_is_announced_and_followed_by_no_empty_message(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press, "PATIENCE", 0)
    assert await typed(desk, PRIYA, "/ticket", "new") == SLOW
    await desk.slack.until(lambda: desk.slack.modal(desk.user(PRIYA)))
    monkeypatch.undo()
    assert "/ticket new" in await typed(desk, PRIYA, "/ticket", "help")
    shown = desk.slack.ephemerals(desk.user(PRIYA), "it-help")
    assert all(message.blocks for message in shown)


async def test_ticket_new_command_with_words_creates_the_ticket(desk: Desk) -> None:
    assert "TKT-61" in await typed(desk, PRIYA, "/ticket", "new VPN drops")


@pytest.mark.parametrize("odd", ["x" * 5_000, "a\0b", "TKT-999999999", "9" * 25, "“", "-(" * 500])
async def test_every_subcommand_answers_odd_arguments_with_a_sentence(desk: Desk, odd: str) -> None:
    with structlog.testing.capture_logs() as logged:
        for name, entries in COMMANDS.items():
            for word in entries:
                said = await typed(desk, MARCUS, name, f"{word} {odd}")
                assert said
                if "Mention me" not in said and "🎫" not in said:  # a card shows the words
                    assert_polite(said)
    assert [each for each in logged if each["event"] == "command_failed"] == []


async def test_technician_who_types_an_admin_command_is_told_that_it_is_for_admins(
    desk: Desk,
) -> None:
    said = await typed(desk, DANIEL, "/itsm", "limit turns_per_person 5")
    assert said.startswith("This is for admins.")


# ---- every word is kept

LONG = "The printer on the third floor prints every page twice and jams on the second one " * 3


def newest_ticket(owner: Engine) -> Any:
    with owner.connect() as connection:
        return connection.execute(text("SELECT * FROM tickets ORDER BY id DESC LIMIT 1")).one()


@pytest.mark.parametrize(
    "words",
    [
        LONG[:237],
        LONG[:TITLE_LENGTH] + "\n" + LONG,
        "VPN drops\nevery hour, since Monday",
        "x" * (TITLE_LENGTH + 37),
    ],
)
@pytest.mark.parametrize("between", [" ", "\n", "  \n\t"])
async def test_long_text_of_ticket_new_command_becomes_title_and_description(
    desk: Desk, owner: Engine, words: str, between: str
) -> None:
    assert "TKT-61" in await command(desk, PRIYA, f"new{between}{words}", "/ticket")
    made = newest_ticket(owner)
    assert made.description == words.strip()
    assert len(made.name) <= TITLE_LENGTH
    assert words.startswith(made.name.removesuffix("…"))
    assert "\n" not in made.name


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("new\nVPN drops", "VPN drops"),
        ("NEW Printer says “PC LOAD LETTER”", "Printer says “PC LOAD LETTER”"),
        ("new it’s ‘fine’ on Priya’s laptop", "it’s ‘fine’ on Priya’s laptop"),
        ("new “Screen flickers”", "Screen flickers"),
        ('new "Screen flickers"', "Screen flickers"),
        ("new „Bildschirm flackert“", "Bildschirm flackert"),
        ("new « L’écran clignote »", "L’écran clignote"),
    ],
)
async def test_short_text_of_ticket_new_command_becomes_the_title(
    desk: Desk, owner: Engine, words: str, title: str
) -> None:
    await command(desk, PRIYA, words, "/ticket")
    assert (newest_ticket(owner).name, newest_ticket(owner).description) == (title, "")


@given(st.text(), st.integers(2, 300))
def test_title_of_a_new_ticket_is_the_beginning_of_the_text_within_the_limit(
    words: str, longest: int
) -> None:
    title = headline(words, longest)
    assert len(title) <= longest
    assert words.strip().startswith(title.removesuffix("…"))
    assert "\n" not in title


@pytest.mark.parametrize(
    "words",
    [
        "role “Priya Raman” technician",
        'role "Priya Raman" technician',
        "role\nPriya Raman\ntechnician",
        "role ‘priya’ “Technician”",
        "role “USR-5” technician",
    ],
)
async def test_quoted_words_in_a_command_are_one_argument(desk: Desk, words: str) -> None:
    assert "Technician" in await command(desk, MARCUS, words)


@pytest.mark.parametrize("words", ["“TKT-54”", "'tkt-54'", "«TKT-54»", "TKT-54"])
async def test_ticket_command_with_an_id_in_quotation_marks_shows_the_card(
    desk: Desk, words: str
) -> None:
    assert "card:TKT-54" in await command(desk, PRIYA, words, "/ticket")


async def test_person_in_quotation_marks_in_a_command_is_found(desk: Desk) -> None:
    for words in ("who “Priya Raman”", "who\n‘Priya’"):
        assert "USR-5" in await command(desk, DANIEL, words)


# ---- misspelt subcommands, and help


@pytest.mark.parametrize(
    ("person", "name", "words", "meant"),
    [
        (PRIYA, "/ticket", "nwe printer jams", "/ticket new printer jams"),
        (PRIYA, "/ticket", "neww\nprinter jams", "/ticket new printer jams"),
        (PRIYA, "/ticket", "nw", "/ticket new"),
        (PRIYA, "/ticket", "serach vpn", "/ticket search vpn"),
        (PRIYA, "/ticket", "mien", "/ticket mine"),
        (PRIYA, "/machine", "saerch thinkpad", "/machine search thinkpad"),
        (PRIYA, "/itsm", "digst off", "/itsm digest off"),
        (DANIEL, "/itsm", "adit TKT-12", "/itsm audit TKT-12"),
        (MARCUS, "/itsm", "rloe USR-5 technician", "/itsm role USR-5 technician"),
        (MARCUS, "/itsm", "limti", "/itsm limit"),
    ],
)
async def test_misspelt_subcommand_is_answered_with_the_nearest_one_and_the_help(
    desk: Desk, person: int, name: str, words: str, meant: str
) -> None:
    said = await typed(desk, person, name, words)
    assert f"Did you mean `{meant}`?" in said
    assert "• `/ticket new" in said
    assert ("/itsm role" in said.partition("\n")[2]) == (person == MARCUS)
    assert await desk.runtime.database.fetch_all(text("SELECT 1 FROM outbox")) == []


@pytest.mark.parametrize(("person", "admin"), [(PRIYA, False), (DANIEL, False), (MARCUS, True)])
async def test_help_shows_only_the_commands_of_ones_own_role(
    desk: Desk, person: int, admin: bool
) -> None:
    for words in ("help", "", "Help", "?"):
        said = await typed(desk, person, "/itsm", words)
        assert "/ticket new" in said
        assert ("/itsm role" in said, "For admins:" in said) == (admin, admin)


@pytest.mark.parametrize(
    ("person", "name", "words", "expected"),
    [
        (PRIYA, "/ticket", "", "Open tickets requested by you"),
        (DANIEL, "/ticket", "mine", "Open tickets assigned to you"),
        (DANIEL, "/ticket", "search vpn", "about “vpn”"),
        (PRIYA, "/machine", "", "Machines that you have"),
        (PRIYA, "/machine", "search zzz", "I can only show you your own machines"),
        (PRIYA, "/itsm", "who Pirya Raman", "Priya Raman"),
    ],
)
async def test_lists_of_commands_say_which_records_they_leave_out(
    desk: Desk, person: int, name: str, words: str, expected: str
) -> None:
    assert expected in await typed(desk, person, name, words)
