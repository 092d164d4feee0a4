"""Machines are added, handed out, lent, taken back and lost, and their history shows it."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from services.errors import DeskError
from services.tools import TOOLS
from tests.fixtures import DANIEL, PRIYA, Desk
from tests.stories.telling import ActingAs, approved, card_text, command, told
from tests.stories.test_card_buttons import actions, card
from tests.stories.test_update_tickets import told as lines_of

SPARE, KENJI, EMRES = "MAC-37", "USR-19", "MAC-27"


async def change(acting_as: ActingAs, key: str = SPARE, **given: Any) -> list[str]:
    async with acting_as(DANIEL) as ctx:
        return await lines_of(ctx, "update_machines", machines=key, **given)


async def test_receipt_for_handing_out_a_machine_names_the_changed_status(
    acting_as: ActingAs,
) -> None:
    [line] = await change(acting_as, holder="Kenji Watanabe", expected_back="2030-12-12")
    assert 'assigned to nobody → USR-19 "Kenji Watanabe"' in line
    assert "status Available → Assigned" in line
    assert "expected back none → 2030-12-12" in line
    assert "Handed out: 20" in await card_text(acting_as, DANIEL, SPARE)


async def test_taking_back_a_machine_removes_return_and_handing_out_dates(
    acting_as: ActingAs,
) -> None:
    [line] = await change(acting_as, EMRES, holder="nobody", location="Berlin, shelf 2")
    assert "status Assigned → Available" in line
    assert "→ none" in line
    shown = await card_text(acting_as, DANIEL, EMRES)
    assert "Expected back" not in shown
    assert "Handed out:" not in shown


async def test_handing_a_machine_to_a_new_holder_removes_the_old_return_date(
    acting_as: ActingAs,
) -> None:
    await change(acting_as, EMRES, holder=KENJI)
    assert "Expected back" not in await card_text(acting_as, DANIEL, EMRES)


async def test_status_given_with_a_new_holder_replaces_the_derived_status(
    acting_as: ActingAs,
) -> None:
    given = {"holder": "nobody", "status": "Maintenance", "note": "Hinge is loose."}
    line, note = await change(acting_as, EMRES, **given)
    assert note.startswith("Added NOTE-")
    assert "status Assigned → Maintenance" in line


async def test_specification_of_a_machine_is_changed_and_cleared(acting_as: ActingAs) -> None:
    [line] = await change(acting_as, ram=64, warranty="none", location="Berlin, shelf 3")
    assert "RAM 32 GB → 64 GB" in line
    assert "warranty until 2026-10-16 → none" in line
    assert 'location "Berlin, shelf 2" → "Berlin, shelf 3"' in line


@pytest.mark.parametrize(
    ("key", "given", "sentence"),
    [
        ("MAC-40", {"holder": KENJI}, "MAC-40 is retired, so it can't be handed out"),
        ("MAC-37", {"expected_back": "2030-01-01"}, "MAC-37 is with nobody. Choose who gets it."),
        ("MAC-37", {"holder": "USR-25"}, "no longer active"),
        ("MAC-37", {"status": "Available"}, "Nothing to change: MAC-37 is already as asked."),
        ("MAC-37", {"expected_back": "soon"}, "“Expected back” must be a day such as"),
    ],
)
async def test_impossible_change_of_a_machine_is_refused_with_the_reason(
    acting_as: ActingAs, key: str, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DeskError, match=sentence):
        await change(acting_as, key, **given)


async def test_lost_machine_can_be_updated_with_the_holder_that_it_has(
    acting_as: ActingAs,
) -> None:
    await change(acting_as, EMRES, status="Lost")
    [line] = await change(acting_as, EMRES, status="Lost", holder="Emre", location="Berlin")
    assert "assigned to" not in line


async def test_machine_created_with_a_holder_is_found_by_the_holder(acting_as: ActingAs) -> None:
    given = {"name": "LT-NEW-01", "type": "Laptop", "holder": KENJI, "location": "Tokyo"}
    async with acting_as(DANIEL) as ctx:
        [line] = await lines_of(ctx, "create_machine", **given, purchased="2026-11-02")
        page = await TOOLS["find_machines"](ctx, location="tokyo", words="new")
    assert line.startswith('Created MAC-41 "LT-NEW-01": ')
    assert "status Assigned" in line
    assert "purchased 2026-11-02" in line
    assert [row.ref.id for row in page.rows] == ["MAC-41"]


async def test_record_is_found_by_its_number_in_another_system(
    acting_as: ActingAs, owner: Engine
) -> None:
    numbers = {"tickets": "INC0010482", "machines": "AST-00217", "people": "E4711"}
    with owner.begin() as connection:
        for table, number in numbers.items():
            connection.execute(text(f"UPDATE {table} SET external_id = '{number}' WHERE id = 5"))
    async with acting_as(DANIEL) as ctx:
        for table, number in numbers.items():
            page = await TOOLS[f"find_{table}"](ctx, words=number.lower())
            assert [row.ref.id.split("-")[1] for row in page.rows][:1] == ["5"], table


async def test_undo_restores_holder_return_date_and_handing_out_time_of_a_machine(
    desk: Desk, acting_as: ActingAs
) -> None:
    before = await card_text(acting_as, DANIEL, EMRES)
    answer = await approved(desk, DANIEL, f"take back {EMRES}")
    await told(desk, DANIEL, answer, "Undo")
    assert await card_text(acting_as, DANIEL, EMRES) == before


async def test_history_of_a_machine_names_old_and_new_holders(desk: Desk) -> None:
    await approved(desk, DANIEL, f"hand {SPARE} to {KENJI} until 2030-12-12")
    await approved(desk, DANIEL, f"take back {SPARE}")
    said = await command(desk, DANIEL, f"audit {SPARE}")
    assert "Daniel Okafor" in said
    assert 'assigned to nobody → USR-19 "Kenji Watanabe"' in said.replace("\\", "")
    assert "→ nobody" in said


async def test_question_who_had_a_machine_is_answered_with_earlier_holders(desk: Desk) -> None:
    said = str((await desk.ask(DANIEL, f"who had {EMRES} before?")).blocks)
    assert "Chloé Marchand" in said
    assert "Tomasz Wilk" in said


async def test_change_of_a_machine_of_somebody_else_waits_for_consent(desk: Desk) -> None:
    assert "do you approve?" in str((await desk.ask(DANIEL, f"mark {EMRES} as lost")).blocks)
    answer = await desk.ask(DANIEL, f"mark {SPARE} as lost")
    assert f"Set {SPARE} to Lost." in str(answer.blocks)


async def test_machine_is_handed_out_by_form_and_taken_back_by_button(desk: Desk) -> None:
    shown = await card(desk, DANIEL, SPARE)
    assert actions(shown) == ["Add note", "Hand out", "Edit"]
    await desk.slack.press(desk.user(DANIEL), shown, "Hand out")
    form = await desk.slack.until(lambda: desk.slack.modal(desk.user(DANIEL)))
    named, *fields = form.content["blocks"]
    assert SPARE in str(named)
    assert [each["block_id"] for each in fields] == ["holder", "expected_back"]
    offered = await desk.slack.suggest(desk.user(DANIEL), form, "record:USR", "Kenji")
    given = {"holder": offered.body["options"][0], "expected_back": "2030-12-12"}
    await desk.slack.submit(desk.user(DANIEL), form, given)
    opened = desk.slack.modal(desk.user(DANIEL))
    assert "Kenji Watanabe" in str(opened.content if opened else "")
    shown = await card(desk, DANIEL, SPARE)
    await desk.slack.press(desk.user(DANIEL), shown, "Take back")
    await desk.slack.until(lambda: "Hand out" in actions(shown))


async def test_requester_sees_no_buttons_to_change_a_machine(desk: Desk) -> None:
    assert actions(await card(desk, PRIYA, "MAC-5")) == ["Add note"]
