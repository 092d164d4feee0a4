"""Cards in dialogs over App Home and below messages: up to date, and none shown twice."""

from typing import Any

import pytest

from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import ActingAs


async def home(desk: Desk, person: int) -> Any:
    await desk.slack.open_home(desk.user(person))
    return await desk.slack.until(lambda: desk.slack.home(desk.user(person)))


def dialog(desk: Desk, person: int) -> Any:
    return desk.slack.modal(desk.user(person))


async def pressed(desk: Desk, person: int, target: Any, button: str, title: str) -> Any:
    """Press a button and return the dialog with this title that opens."""
    await desk.slack.press(desk.user(person), target, button)

    def shown() -> Any:
        view = dialog(desk, person)
        return view if view and view.content["title"]["text"] == title else None

    return await desk.slack.until(shown)


async def test_app_home_lists_a_ticket_that_was_created_with_its_form(desk: Desk) -> None:
    start = await home(desk, PRIYA)
    form = await pressed(desk, PRIYA, start, "New ticket", "New ticket")
    await desk.slack.submit(desk.user(PRIYA), form, {"name": "Printer is on fire"})
    await desk.slack.until(lambda: "Printer is on fire" in str(home_now(desk, PRIYA)))


def home_now(desk: Desk, person: int) -> Any:
    found = desk.slack.home(desk.user(person))
    return found.content if found else None


async def test_closing_a_ticket_in_a_dialog_updates_app_home(desk: Desk) -> None:
    shown = await pressed(desk, DANIEL, await home(desk, DANIEL), "entity:TKT-12", "TKT-12")
    await desk.slack.press(desk.user(DANIEL), shown, "Close")
    await desk.slack.until(lambda: "entity:TKT-12" not in str(home_now(desk, DANIEL)))


@pytest.mark.parametrize("way", [["MAC-17", "USR-14", "MAC-17", "TKT-12"], ["USR-14"] * 5])
async def test_cards_open_from_cards_even_when_three_dialogs_are_stacked(
    desk: Desk, way: list[str]
) -> None:
    shown = await pressed(desk, DANIEL, await home(desk, DANIEL), "entity:TKT-12", "TKT-12")
    for key in way:
        related = [each["value"] for _, each in shown.elements if "entity:" in each["action_id"]]
        key = key if key in related else related[0]
        shown = await pressed(desk, DANIEL, shown, f"entity:{key}", key)
    assert len(desk.slack.modals[desk.user(DANIEL)]) == 3
    form = await pressed(desk, DANIEL, shown, "Add note", "Add note")
    await desk.slack.submit(desk.user(DANIEL), form, {"text": "Seen from below"})
    assert "Seen from below" in str(dialog(desk, DANIEL).content)


def opened(desk: Desk) -> int:
    return sum(call.method == "views.open" for call in desk.slack.calls)


@pytest.mark.parametrize("times", [2, 3])
async def test_pressing_a_record_twice_in_a_channel_shows_only_one_card(
    desk: Desk, times: int
) -> None:
    channel = desk.slack.channel("general").id
    answer = await desk.ask(PRIYA, "@Deskhand what laptop do I have", channel)
    for _ in range(times):
        await desk.slack.press(desk.user(PRIYA), answer, "entity:MAC-5")
    # Every further press opens a dialog: none of them may still be under way.
    await desk.slack.until(lambda: opened(desk) == times - 1)
    [card] = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(PRIYA), channel))
    assert dialog(desk, PRIYA).content["title"]["text"] == "MAC-5"
    await desk.slack.press(desk.user(PRIYA), card, "Hide")
    await desk.slack.until(lambda: not desk.slack.ephemerals(desk.user(PRIYA), channel))
    await desk.slack.press(desk.user(PRIYA), answer, "entity:MAC-5")
    await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(PRIYA), channel))


async def test_each_person_gets_a_card_of_each_record_pressed_in_a_channel(desk: Desk) -> None:
    channel = desk.slack.channel("general").id
    answer = await desk.ask(PRIYA, "@Deskhand show MAC-5 and TKT-37", channel)
    for person in (PRIYA, DANIEL):
        for key in {each["value"] for _, each in answer.elements if "entity:" in each["action_id"]}:
            await desk.slack.press(desk.user(person), answer, f"entity:{key}")
            await desk.slack.until(
                lambda key=key, person=person: (
                    key
                    in str(
                        [each.blocks for each in desk.slack.ephemerals(desk.user(person), channel)]
                    )
                )
            )
        assert not dialog(desk, person)


async def test_approving_a_consent_card_of_somebody_else_is_refused_in_the_thread(
    desk: Desk, acting_as: ActingAs
) -> None:
    channel = desk.slack.channel("it-help").id
    async with acting_as(MARCUS) as ctx:
        await TOOLS["mark_channel"](ctx, channel=channel, desk=True)
    card = await desk.ask(DANIEL, "@Deskhand close TKT-54", channel)
    assert card.thread_ts
    await desk.slack.press(desk.user(MARCUS), card, "Approve")
    [said] = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(MARCUS), channel))
    assert said.thread_ts == card.thread_ts
    assert "Only the person who asked" in said.text
