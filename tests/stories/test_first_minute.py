"""What the playground suggests to newcomers: whom to be, what to say, what to press."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from bot.cli.first_minute import COMMANDS, SENTENCES, SHORTCUTS, guide
from bot.playground import Command
from bot.slack.sentences import TAKEN
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import words

SAID = [
    (person, sentence)
    for person, role in ((PRIYA, "requester"), (DANIEL, "technician"), (MARCUS, "admin"))
    for sentence in SENTENCES[role]
]


async def test_demo_offers_a_person_of_each_role(desk: Desk) -> None:
    titles = [desk.slack.users[face.user].title.partition(" ")[0] for face in guide().faces]
    assert titles == ["Requester", "Technician", "Admin"]


def of_use(answer: Any) -> bool:
    text = words(answer)
    return "did not understand" not in text and not text.startswith(("No ", "I can ", "I found no"))


@pytest.mark.parametrize(("person", "sentence"), SAID)
async def test_suggested_sentence_gets_a_useful_answer_in_direct_messages(
    desk: Desk, person: int, sentence: str
) -> None:
    answer = await desk.ask(person, sentence)
    assert of_use(answer), words(answer)
    assert answer.buttons


@pytest.mark.parametrize("sentence", guide().rooms)
async def test_suggested_sentence_gets_a_useful_answer_in_a_channel(
    desk: Desk, sentence: str
) -> None:
    answer = await desk.ask(PRIYA, f"@deskhand {sentence}", desk.slack.channel("it-help").id)
    assert of_use(answer), words(answer)


def test_playground_offers_the_shortcuts_and_commands_of_the_manifest() -> None:
    manifest = yaml.safe_load(Path("manifest.yml").read_text(encoding="utf-8"))
    listed = {(each["callback_id"], each["name"]) for each in manifest["features"]["shortcuts"]}
    assert {(each.callback_id, each.name) for each in SHORTCUTS} == listed
    commands = [
        Command(each["command"], each["description"], each["usage_hint"])
        for each in manifest["features"]["slash_commands"]
    ]
    assert list(COMMANDS) == commands


async def test_playground_page_can_trigger_the_shortcuts(desk: Desk) -> None:
    said = await desk.slack.say(desk.user(DANIEL), "general", "The printer is on fire")
    async with httpx2.AsyncClient(base_url=f"{desk.slack.url}/page/") as page:
        body = {"user": desk.user(PRIYA), "callback_id": "new_ticket"}
        assert (await page.post("shortcut", json=body)).json()["acknowledged"]
        await desk.slack.until(lambda: desk.slack.modal(desk.user(PRIYA)))
        body = {"user": desk.user(DANIEL), "callback_id": "create_ticket_from_message"}
        where = {"channel": said.channel, "ts": said.ts}
        assert (await page.post("message_shortcut", json=body | where)).json()["acknowledged"]
    form = await desk.slack.until(lambda: desk.slack.modal(desk.user(DANIEL)))
    assert "The printer is on fire" in str(form.content)


@pytest.mark.parametrize(
    "problem",
    [
        "the coffee machine makes strange noises again",
        "since yesterday *everything* on floor 3 blinks: why?",
        "der Drucker im dritten Stock riecht nach Rauch",
    ],
)
async def test_sentence_unknown_to_the_rules_becomes_a_ticket_by_one_press(
    desk: Desk, problem: str
) -> None:
    answer = await desk.ask(PRIYA, problem)
    assert "open a ticket: " in words(answer)
    await desk.slack.press(desk.user(PRIYA), answer, "Open this ticket")
    [card] = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(PRIYA), answer.channel))
    assert problem.rstrip("?")[1:] in str(card.blocks)  # a title begins with a capital
    assert "TKT-61" in str(card.blocks)


async def test_pressing_the_offer_of_a_ticket_twice_creates_one_ticket(desk: Desk) -> None:
    priya = desk.user(PRIYA)
    answer = await desk.ask(PRIYA, "the coffee machine makes strange noises again")
    presses = (desk.slack.press(priya, answer, "Open this ticket") for _ in range(2))
    await asyncio.gather(*presses)

    def two() -> list[Any]:
        shown = desk.slack.ephemerals(priya, answer.channel)
        return shown if len(shown) == 2 else []

    both = await desk.slack.until(two)
    assert sorted(TAKEN in each.text for each in both) == [False, True]


async def test_rules_offer_no_ticket_for_a_few_letters(desk: Desk) -> None:
    assert "Open this ticket" not in (await desk.ask(PRIYA, "blub")).buttons


async def test_pressing_the_offer_of_a_list_shows_it_as_lines_with_buttons(desk: Desk) -> None:
    priya = desk.user(PRIYA)
    answer = await desk.ask(PRIYA, "qwerty")
    await desk.slack.press(priya, answer, "My machines")
    [shown] = await desk.slack.until(lambda: desk.slack.ephemerals(priya, answer.channel))
    assert words(shown).startswith("*Machines that you have: 2*")
    assert any("MAC-5" in each for each in shown.buttons)
