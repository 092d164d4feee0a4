"""Buttons on cards and the forms behind them: shown where they work, and safe with odd values."""

from typing import Any

import pytest

from tests.fixtures import DANIEL, EMRE, MARCUS, PRIYA, Desk
from tests.stories.telling import command


async def card(desk: Desk, person: int, key: str) -> Any:
    """Return an answer in the person's direct conversation that shows the record's card."""
    return await desk.ask(person, f"show {key}")


def actions(message: Any) -> list[str]:
    found = [element for _, element in message.elements]
    names = [each for each in found if each["action_id"].startswith(("tool:", "form:"))]
    return [each["text"]["text"] for each in names]


async def test_technician_takes_and_closes_a_ticket_by_button(desk: Desk) -> None:
    answer = await desk.ask(PRIYA, "open a ticket: VPN drops every hour")
    shown = await card(desk, DANIEL, "TKT-61")
    assert actions(shown) == ["Add note", "Take", "Assign", "Close", "Edit"]
    await desk.slack.press(desk.user(DANIEL), shown, "Take")
    await desk.slack.until(lambda: actions(shown) == ["Add note", "Assign", "Close", "Edit"])
    await desk.slack.press(desk.user(DANIEL), shown, "Close")
    await desk.slack.until(lambda: actions(shown) == ["Add note", "Reopen", "Edit"])
    assert "TKT-61" in str(answer.blocks)


async def test_technician_assigns_a_ticket_by_form(desk: Desk) -> None:
    shown = await card(desk, DANIEL, "TKT-54")
    await desk.slack.press(desk.user(DANIEL), shown, "Assign")
    form = await desk.slack.until(lambda: desk.slack.modal(desk.user(DANIEL)))
    answer = await desk.slack.suggest(desk.user(DANIEL), form, "record:USR", "marcus")
    [marcus] = answer.body["options"]
    await desk.slack.submit(desk.user(DANIEL), form, {"assignee": marcus})
    assigned = desk.slack.modal(desk.user(DANIEL))
    assert "Marcus Oyelaran" in str(assigned.content if assigned else "")


async def test_requester_sees_no_button_to_take_a_ticket(desk: Desk) -> None:
    await desk.ask(PRIYA, "open a ticket: VPN drops every hour")
    assert actions(await card(desk, PRIYA, "TKT-61")) == ["Add note", "Close", "Edit"]


async def test_note_is_added_with_the_form_of_a_card_button(desk: Desk) -> None:
    await desk.ask(PRIYA, "open a ticket: VPN drops every hour")
    shown = await card(desk, PRIYA, "TKT-61")
    await desk.slack.press(desk.user(PRIYA), shown, "Add note")
    form = await desk.slack.until(lambda: desk.slack.modal(desk.user(PRIYA)))
    assert "Only technicians" not in str(form.content)
    await desk.slack.submit(desk.user(PRIYA), form, {"text": "It began on Monday"})
    note = desk.slack.modal(desk.user(PRIYA))
    assert "It began on Monday" in str(note.content if note else "")


async def new_ticket(desk: Desk, person: int) -> Any:
    await desk.slack.shortcut(desk.user(person), "new_ticket")
    return await desk.slack.until(lambda: desk.slack.modal(desk.user(person)))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("   ", "Please say in a few words what it is about."),
        ("a\0b", "contains characters that can't be stored"),
        ("x" * 201, "can have at most 200 characters"),
    ],
)
async def test_form_shows_a_mistake_at_the_field_that_has_it(
    desk: Desk, typed: str, told: str
) -> None:
    form = await new_ticket(desk, PRIYA)
    answer = await desk.slack.submit(desk.user(PRIYA), form, {"name": typed})
    assert answer.body["response_action"] == "errors"
    assert told in answer.body["errors"]["name"]


async def test_menu_of_a_form_offers_only_records_that_the_person_sees(desk: Desk) -> None:
    for person, finds in ((PRIYA, True), (EMRE, False)):
        form = await new_ticket(desk, person)
        answer = await desk.slack.suggest(desk.user(person), form, "record:MAC", "MAC-5")
        offered = [option["value"] for option in answer.body["options"]]
        assert offered == (["MAC-5"] if finds else [])


async def test_record_chosen_in_a_form_menu_is_stored_in_the_ticket(desk: Desk) -> None:
    form = await new_ticket(desk, PRIYA)
    offered = await desk.slack.suggest(desk.user(PRIYA), form, "record:MAC", "MAC-5")
    given = {"name": "Second screen is dark", "machines": offered.body["options"][0]}
    await desk.slack.submit(desk.user(PRIYA), form, given)
    shown = desk.slack.modal(desk.user(PRIYA))
    assert "MAC-5" in str(shown.content if shown else "")


ACTIONS = [
    {"action_id": "tool:undo:Undo", "value": "word"},
    {"action_id": "tool:undo:Undo", "value": ""},
    {"action_id": "tool:undo:Undo", "value": "[]"},
    {"action_id": "tool:undo:Undo", "value": '{"turn": "word"}'},
    {"action_id": "tool:undo:Undo", "value": '{"turn": 36893488147419103232}'},
    {"action_id": "tool:undo:Undo", "value": '{"turn": "a\\u0000"}'},
    {"action_id": "tool:no_such_tool:Go", "value": "{}"},
    {"action_id": "tool:", "value": "{}"},
    {"action_id": "form:", "value": "{}"},
    {"action_id": "form:create_ticket", "value": "nonsense"},
    {"action_id": "entity:word", "value": "word"},
    {"action_id": f"entity:TKT-{2**65}", "value": ""},
    {"action_id": "stop", "value": "word"},
    {"action_id": "stop", "value": ""},
    {"action_id": "retry", "value": str(2**65)},
    {"action_id": "retry", "value": "-1"},
    {"action_id": "consent:approve", "value": "word"},
    {"action_id": "consent:approve", "value": str(2**65)},
    {"action_id": "consent:refuse"},
]


@pytest.mark.parametrize("action", ACTIONS, ids=str)
async def test_press_with_malformed_data_is_answered_with_a_sentence(
    desk: Desk, action: dict[str, str]
) -> None:
    message = await desk.ask(PRIYA, "what laptop do I have")
    user = desk.user(PRIYA)
    before = len(desk.slack.ephemerals(user, message.channel))
    button = {"type": "button", "text": {"type": "plain_text", "text": "Odd"}, **action}
    message.blocks.append({"type": "actions", "block_id": "odd", "elements": [button]})
    answer = await desk.slack.press(user, message, action["action_id"])
    assert answer.ok
    shown = await desk.slack.until(lambda: desk.slack.ephemerals(user, message.channel)[before:])
    assert "_" not in shown[0].text
    assert "went wrong" not in shown[0].text


async def test_commands_over_the_hourly_limit_are_refused(desk: Desk) -> None:
    assert "now 3 an hour" in await command(desk, MARCUS, "limit actions_per_person 3")
    said = [await command(desk, PRIYA, "who priya") for _ in range(4)]
    assert "reached this hour" not in said[2]
    assert "You have reached this hour's limit. Try again in " in said[3]
