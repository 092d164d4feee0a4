"""“Edit” on cards opens a form with the present values; what the person changes there is saved."""

from typing import Any

from sqlalchemy import Engine, text

from bot.slack.render.literal import LONGEST
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import ActingAs, card_text
from tests.stories.test_card_buttons import actions, card


async def edit(desk: Desk, person: int, key: str) -> Any:
    shown, before = await card(desk, person, key), desk.slack.modal(desk.user(person))
    await desk.slack.press(desk.user(person), shown, "Edit")

    def opened() -> Any:
        form = desk.slack.modal(desk.user(person))
        return form if form is not before else None

    return await desk.slack.until(opened)


def begins(form: Any) -> dict[str, Any]:
    """Return the initial value of each field, None where it is empty."""
    inputs = [block for block in form.content["blocks"] if block["type"] == "input"]
    return {block["block_id"]: _initial(block["element"]) for block in inputs}


def _initial(element: Any) -> Any:
    value = next((each for name, each in element.items() if name.startswith("initial_")), None)
    return value["value"] if isinstance(value, dict) else value


async def test_edit_form_of_a_record_shows_the_present_values(desk: Desk) -> None:
    form = await edit(desk, DANIEL, "TKT-51")
    assert form.content["title"]["text"] == "Edit TKT-51"
    ticket = begins(form)
    assert ticket["name"] == "Teams does not find my headset"
    assert (ticket["status"], ticket["priority"]) == ("On Hold", "Low")
    assert (ticket["requester"], ticket["assignee"]) == ("USR-14", "USR-7")
    assert ticket["team"] == "TEAM-1"
    assert not {"tickets", "note", "add_machines"} & ticket.keys()
    machine = begins(await edit(desk, DANIEL, "MAC-5"))
    assert (machine["holder"], machine["ram"]) == ("USR-5", "32")
    assert (machine["type"], machine["storage_type"]) == ("Laptop", "SSD")
    assert machine["warranty"] == "2027-03-31"
    assert begins(await edit(desk, DANIEL, "USR-5"))["title"] == "Structural Engineer"
    assert begins(await edit(desk, MARCUS, "TEAM-1"))["name"] == "Service Desk"


async def test_edit_form_saves_only_the_changed_fields(
    desk: Desk, acting_as: ActingAs, owner: Engine
) -> None:
    form = await edit(desk, DANIEL, "TKT-51")
    with owner.begin() as connection:
        connection.execute(text("UPDATE tickets SET priority = 'Urgent' WHERE id = 51"))
    emptied: dict[str, Any] = {"team": {}, "assignee": {}, "description": ""}
    await desk.slack.submit(desk.user(DANIEL), form, {"name": "No headset", **emptied})
    shown = await card_text(acting_as, DANIEL, "TKT-51")
    assert shown.startswith('Ticket TKT-51 "No headset"\nStatus: On Hold\nPriority: Urgent\n')
    assert "Assignee: nobody\n" in shown
    assert "Team: none\n" in shown


async def test_edit_form_that_nobody_changed_saves_nothing(desk: Desk) -> None:
    form = await edit(desk, DANIEL, "MAC-5")
    answer = await desk.slack.submit(desk.user(DANIEL), form, {})
    assert "Nothing to change" in str(answer.body["errors"])


async def test_edit_form_shows_a_requester_only_the_fields_that_they_may_change(desk: Desk) -> None:
    assert begins(await edit(desk, PRIYA, "TKT-54")).keys() == {
        "name",
        "status",
        "description",
        "resolution",
    }
    assert "Edit" not in actions(await card(desk, PRIYA, "MAC-5"))


async def test_edit_form_leaves_out_a_text_that_is_too_long_for_its_field(
    desk: Desk, owner: Engine
) -> None:
    with owner.begin() as connection:
        query = "UPDATE tickets SET description = repeat('x', :length) WHERE id = 51"
        connection.execute(text(query), {"length": LONGEST + 1})
    assert "description" not in begins(await edit(desk, DANIEL, "TKT-51"))
