"""Text by a model waits for consent if its readers may not see the records it may come from."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.cli.ask import ask
from bot.slack.render.blocks import REFUSE
from services.changes import preview
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.services.provider import Provider, calls, llm, provider, says
from tests.stories.telling import ActingAs, after, command, desk_with, settled

SUMMARY = "Priya reported that her laptop fails; the board wants a room of its own."
LUKASZ, RACHEL = "Łukasz Kowalczyk", "Rachel Dunmore"
OF_LUKASZ, OF_PRIYA, WITH_INTERNAL_NOTE, PRIVATE, OF_DANIEL = (
    "TKT-1",
    "TKT-7",
    "TKT-6",
    "TKT-15",
    "TKT-12",
)


def read(key: str) -> tuple[str, Any]:
    return "get", {"records": key}


def note(key: str, words: str = SUMMARY, **more: Any) -> tuple[str, Any]:
    return "add_note", {"on": key, "text": words, **more}


Obeying = tuple[Desk, Provider]


@pytest.fixture
async def obeying(fresh_database: str, tmp_path: Path) -> AsyncIterator[Obeying]:
    async with desk_with(fresh_database, tmp_path, says("Hello.")) as opened:
        yield opened


async def asked(
    obeying: Obeying, person: int, words: str, *made: Any, thread: str | None = None
) -> Any:
    """Ask a model that makes these tool calls, and return the consent card or the answer."""
    desk, served = obeying
    served.script = [*(calls(each) for each in made), says("All done.")]
    answer = await desk.ask(person, words, thread=thread)
    await settled(desk)
    return answer


def waits(answer: Any) -> bool:
    return REFUSE in str(answer.blocks)


def notes(owner: Engine) -> list[str]:
    with owner.connect() as connection:
        return list(connection.scalars(text("SELECT text FROM notes ORDER BY id")))


async def test_card_names_readers_of_a_summary_and_the_records_that_they_may_not_see(
    obeying: Obeying, owner: Engine
) -> None:
    card = await asked(
        obeying, MARCUS, f"Summarise {OF_LUKASZ}", read(OF_LUKASZ), read(OF_PRIYA), note(OF_LUKASZ)
    )
    assert waits(card)
    assert SUMMARY in str(card.blocks)
    assert f"These words will be read by {LUKASZ} and every technician" in str(card.blocks)
    assert OF_PRIYA in str(card.blocks).partition("all see")[2]
    assert SUMMARY not in notes(owner)
    desk, _ = obeying
    await desk.slack.press(desk.user(MARCUS), card, "Approve")
    await after(desk, card)
    assert notes(owner).count(SUMMARY) == 1
    await desk.slack.until(lambda: "Approved and done." in str(card.blocks))
    assert LUKASZ in str(card.blocks)


async def test_text_whose_disclosure_the_person_refuses_is_not_written(
    obeying: Obeying, owner: Engine
) -> None:
    desk, served = obeying
    card = await asked(obeying, MARCUS, "Summarise", read(OF_PRIYA), note(OF_LUKASZ))
    await desk.slack.press(desk.user(MARCUS), card, "Refuse")
    await after(desk, card)
    assert "You refused this: nothing was done." in served.results()[-1]
    assert SUMMARY not in notes(owner)


PUBLISHED = {
    "description of an assigned ticket": (
        DANIEL,
        [read(OF_PRIYA), ("update_tickets", {"tickets": OF_DANIEL, "description": SUMMARY})],
        RACHEL,
    ),
    "name of an assigned ticket": (
        DANIEL,
        [read(OF_PRIYA), ("update_tickets", {"tickets": OF_DANIEL, "name": SUMMARY})],
        RACHEL,
    ),
    "internal note on the same ticket": (
        MARCUS,
        [("get", {"records": WITH_INTERNAL_NOTE}), note(WITH_INTERNAL_NOTE)],
        "Fatima El-Sayed",
    ),
    "private ticket in a note on another": (
        MARCUS,
        [read(PRIVATE), note(OF_LUKASZ)],
        "every technician",
    ),
    "private ticket in an internal note": (
        MARCUS,
        [read(PRIVATE), note(OF_LUKASZ, internal=True)],
        "every technician",
    ),
    "private ticket in a new ticket": (
        MARCUS,
        [read(PRIVATE), ("create_ticket", {"name": "Room", "description": SUMMARY})],
        "every technician",
    ),
    "list of tickets in a note on a machine": (
        DANIEL,
        [("find_tickets", {}), note("MAC-11")],
        LUKASZ,
    ),
    "count of all tickets in an internal note": (
        MARCUS,
        [
            ("find_tickets", {"group_by": ["requester"], "status": "any"}),
            note(OF_LUKASZ, internal=True),
        ],
        "every technician",
    ),
    "total of all tickets in an internal note": (
        MARCUS,
        [("find_tickets", {"limit": 1, "status": "any"}), note(OF_LUKASZ, internal=True)],
        "every technician",
    ),
    "total of all matches in an internal note": (
        MARCUS,
        [("find_tickets", {"words": "room", "limit": 1}), note(OF_LUKASZ, internal=True)],
        "every technician",
    ),
    "count of tickets in a note that their requester reads": (
        DANIEL,
        [("find_tickets", {"group_by": ["team"]}), note(OF_LUKASZ)],
        LUKASZ,
    ),
    "ticket in a note on a person": (
        DANIEL,
        [read(OF_LUKASZ), note(f"USR-{PRIYA}")],
        "Priya Raman",
    ),
    "summary in parts": (
        DANIEL,
        [read(OF_PRIYA), note(OF_LUKASZ, "Priya"), note(OF_LUKASZ, "reported")],
        LUKASZ,
    ),
}


@pytest.mark.parametrize("kind", PUBLISHED)
async def test_text_from_a_record_that_its_readers_may_not_see_waits_for_consent(
    obeying: Obeying, owner: Engine, kind: str
) -> None:
    person, made, reader = PUBLISHED[kind]
    before = notes(owner)
    card = await asked(obeying, person, "Please look into it", *made)
    assert waits(card)
    assert reader in str(card.blocks)
    assert notes(owner) == before


async def test_text_from_a_record_read_in_an_earlier_turn_waits_for_consent(
    obeying: Obeying, owner: Engine
) -> None:
    first = await asked(obeying, MARCUS, f"What is {OF_PRIYA}?", read(OF_PRIYA))
    assert not waits(first)
    root = first.thread_ts or first.ts
    card = await asked(obeying, MARCUS, "Now tidy up", note(OF_LUKASZ), thread=root)
    assert waits(card)
    assert SUMMARY not in notes(owner)


PRIVATE_ROOM = ("create_ticket", {"name": "Room", "private": True})
OPENED = {"to all": {"private": False}, "to a team": {"team": "TEAM-1"}}


@pytest.mark.parametrize("kind", OPENED)
async def test_making_an_own_private_ticket_visible_to_others_waits_for_consent(
    obeying: Obeying, owner: Engine, kind: str
) -> None:
    await asked(obeying, MARCUS, "Open a private ticket about the room", PRIVATE_ROOM)
    key = "SELECT 'TKT-' || max(id) FROM tickets"
    with owner.connect() as connection:
        ticket = connection.scalar(text(key))
    card = await asked(
        obeying, MARCUS, "Tidy up", ("update_tickets", {"tickets": ticket, **OPENED[kind]})
    )
    assert waits(card)


GIVES_HISTORY = [
    ("history", {"record": OF_LUKASZ}),
    ("get", {"records": OF_LUKASZ, "with_history": True}),
]


@pytest.mark.parametrize("made", GIVES_HISTORY)
async def test_history_for_a_model_leaves_out_the_messages_that_led_to_changes(
    obeying: Obeying, made: tuple[str, Any]
) -> None:
    desk, served = obeying
    said = "I have gout. Note on TKT-1: on it"
    await asked(obeying, DANIEL, said, note(OF_LUKASZ, "on it"))
    await asked(obeying, MARCUS, "Summarise", made)
    assert "Added NOTE" in served.results()[-1]
    assert "gout" not in served.results()[-1]
    assert "gout" in await command(desk, MARCUS, f"audit {OF_LUKASZ}")


OWN = "Add a note: swapped the dock, and the screens work again."
CHANGED = {
    "other words": "swapped the dock of Priya",
    "another order": "the dock swapped",
    "a word cut": "wapped the doc",
    "a sign between": "swapped, the dock",
    "hidden characters": "swapped\u200b the dock",
    "signs alone": ". .. -- .",
    "words of two places": "swapped the screens",
}


@pytest.mark.parametrize("kind", CHANGED)
async def test_text_reworded_from_a_record_hidden_from_readers_waits_for_consent(
    obeying: Obeying, kind: str
) -> None:
    made = read(OF_PRIYA), note(OF_LUKASZ, CHANGED[kind])
    assert waits(await asked(obeying, DANIEL, OWN, *made))


@pytest.mark.parametrize(
    "words",
    [
        "swapped the dock",
        "Swapped the dock.",
        "“swapped  the\ndock”",
        "swapped the dock, and the screens work again",
    ],
)
async def test_persons_own_text_is_written_without_consent(
    obeying: Obeying, owner: Engine, words: str
) -> None:
    answer = await asked(obeying, DANIEL, OWN, read(OF_PRIYA), note(OF_LUKASZ, words))
    assert not waits(answer)
    assert notes(owner)[-1] == words


WRITTEN_AT_ONCE = {
    "nothing was read": (DANIEL, [note(OF_LUKASZ)]),
    "all readers see what was read": (DANIEL, [read("TKT-2"), note("TKT-2", "Ordered a part.")]),
    "internal note of technicians": (DANIEL, [read(OF_PRIYA), note(OF_LUKASZ, internal=True)]),
    "requester's own ticket": (
        PRIYA,
        [
            ("find_machines", {"holder": "me"}),
            ("create_ticket", {"name": "Fan", "description": SUMMARY}),
        ],
    ),
    "no text": (
        DANIEL,
        [read(OF_PRIYA), ("update_tickets", {"tickets": OF_DANIEL, "priority": "Low"})],
    ),
    "text emptied": (
        DANIEL,
        [read(OF_PRIYA), ("update_tickets", {"tickets": OF_DANIEL, "description": ""})],
    ),
}


@pytest.mark.parametrize("kind", WRITTEN_AT_ONCE)
async def test_text_whose_readers_may_all_see_its_source_is_written_without_consent(
    obeying: Obeying, kind: str
) -> None:
    person, made = WRITTEN_AT_ONCE[kind]
    answer = await asked(obeying, person, "Please look into it", *made)
    assert not waits(answer)
    assert any(verb in str(answer.blocks) for verb in ("Added", "Created", "Changed"))


async def test_text_written_by_slash_command_needs_no_consent(obeying: Obeying) -> None:
    desk, _ = obeying
    assert SUMMARY in await command(desk, MARCUS, f"new {SUMMARY}", "/ticket")


async def test_approved_text_is_not_written_if_it_has_got_new_readers_since(
    obeying: Obeying, owner: Engine, acting_as: ActingAs
) -> None:
    desk, _ = obeying
    card = await asked(obeying, MARCUS, "Summarise", read(OF_PRIYA), note(OF_LUKASZ))
    async with acting_as(DANIEL) as ctx:
        await TOOLS["watch"](ctx, ticket=OF_LUKASZ, person="USR-22")
    await desk.slack.press(desk.user(MARCUS), card, "Approve")
    await after(desk, card)
    await desk.slack.until(lambda: "has changed since this was shown" in str(card.blocks))
    assert SUMMARY not in notes(owner)


async def test_ask_command_asks_on_the_terminal_before_disclosing_text(
    desk: Desk, fresh_database: str, owner: Engine
) -> None:
    async with provider(calls(read(OF_PRIYA)), calls(note(OF_LUKASZ)), says("All done.")) as served:
        settings = desk.runtime.settings.model_copy(update=llm(served.url))
        await ask(settings, fresh_database, "Summarise", "marcus.oyelaran@alderway.example")
        assert "You refused this: nothing was done." in served.results()[-1]
    assert SUMMARY not in notes(owner)


async def test_model_would_publish_text_of_a_hidden_record_without_the_disclosure_check(
    obeying: Obeying, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(*_: Any) -> str:
        return ""

    monkeypatch.setattr(preview, "describe_readers", nobody)
    answer = await asked(obeying, MARCUS, "Summarise", read(OF_PRIYA), note(OF_LUKASZ))
    assert not waits(answer)
    assert SUMMARY in notes(owner)
