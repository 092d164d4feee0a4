"""Technicians change the desk's own columns of people, and authors their notes."""

from typing import Any

import pytest

from services.context import Role
from services.entities.note import Note
from services.errors import DeskError
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.services.provider import calls, says
from tests.stories.telling import ActingAs, approved, card_text, command, desk_with, told
from tests.stories.test_update_tickets import told as lines_of

MOVED = {"person": "Priya Raman", "title": "Lead Engineer", "manager": "Helena Brandt"}
CORRECTED = "Second SSD of 2 TB built in."


async def test_receipt_for_changing_a_person_names_old_and_new_values(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        [line] = await lines_of(ctx, "update_person", **MOVED)
        page = await TOOLS["find_people"](ctx, manager="Helena Brandt", title="lead")
    assert 'title "Structural Engineer" → "Lead Engineer"' in line
    assert 'manager USR-9 "Łukasz Kowalczyk" → USR-1 "Helena Brandt"' in line
    assert [row.ref.id for row in page.rows] == ["USR-5"]
    assert 'Manager: USR-1 "Helena Brandt"' in await card_text(acting_as, PRIYA, "USR-5")
    assert 'Reports: USR-5 "Priya Raman"' not in await card_text(acting_as, PRIYA, "USR-9")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"manager": "me"}, "Daniel Okafor can't be their own manager."),
        ({"department": "IT"}, "Nothing to change: USR-6 is already as asked."),
        ({"manager": "USR-25"}, "no longer active"),
        ({"email": "d@x.example"}, "I can't use all details of your request"),
    ],
)
async def test_impossible_change_of_a_person_is_refused_with_the_reason(
    acting_as: ActingAs, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DeskError, match=sentence):
        async with acting_as(DANIEL) as ctx:
            await TOOLS["update_person"](ctx, person="USR-6", **given)


async def test_change_of_another_persons_record_waits_for_consent_and_can_be_undone(
    fresh_database: str, tmp_path: Any, acting_as: ActingAs
) -> None:
    before = await card_text(acting_as, DANIEL, "USR-5")
    script = [calls(("update_person", MOVED)), says("Done.")]
    async with desk_with(fresh_database, tmp_path, *script) as (desk, _):
        answer = await approved(desk, DANIEL, "Priya is Lead Engineer now and reports to Helena")
        assert "Undone" in await told(desk, DANIEL, answer, "Undo")
    assert await card_text(acting_as, DANIEL, "USR-5") == before


async def test_technicians_can_list_people_without_a_machine(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        page = await TOOLS["find_people"](ctx, machine="none", active=False)
    assert [row.ref.id for row in page.rows] == ["USR-25"]


async def test_author_edits_a_note_and_the_history_keeps_the_old_text(
    acting_as: ActingAs, desk: Desk
) -> None:
    async with acting_as(DANIEL) as ctx:
        [line] = await lines_of(ctx, "edit_note", note="NOTE-13", text=CORRECTED)
    assert line.startswith('Changed NOTE-13: text "Second SSD (1 TB, for archives)')
    shown = await card_text(acting_as, PRIYA, "MAC-6")
    assert f'edited just now: "{CORRECTED}"' in shown
    assert "for archives" in await command(desk, MARCUS, "audit MAC-6")


async def test_author_edits_their_newest_note_on_a_record_by_naming_the_record(
    acting_as: ActingAs,
) -> None:
    async with acting_as(DANIEL) as ctx:
        await TOOLS["add_note"](ctx, on="TKT-54", text="First")
        newest = await TOOLS["add_note"](ctx, on="TKT-54", text="Second")
    async with acting_as(PRIYA) as ctx:
        await TOOLS["add_note"](ctx, on="TKT-54", text="Somebody else's")
    async with acting_as(DANIEL) as ctx:
        [line] = await lines_of(ctx, "edit_note", note="TKT-54", text="Corrected")
        with pytest.raises(DeskError, match="You have written no note on USR-1"):
            await TOOLS["edit_note"](ctx, note="Helena Brandt", text="Corrected")
    assert isinstance(newest, Note)
    assert line == f'Changed {newest.key}: text "Second" → "Corrected"'


async def test_nobody_edits_the_note_of_somebody_else(acting_as: ActingAs) -> None:
    for person, role in ((PRIYA, Role.requester), (MARCUS, Role.admin)):
        with pytest.raises(DeskError, match="Only Daniel Okafor can edit NOTE-13"):
            async with acting_as(person, role) as ctx:
                await TOOLS["edit_note"](ctx, note="NOTE-13", text="Never mind")


async def test_edit_of_a_note_that_others_read_needs_consent_and_can_be_undone(
    fresh_database: str, tmp_path: Any, acting_as: ActingAs
) -> None:
    before = await card_text(acting_as, DANIEL, "MAC-6")
    script = [calls(("edit_note", {"note": "NOTE-13", "text": CORRECTED})), says("Done.")]
    async with desk_with(fresh_database, tmp_path, *script) as (desk, _):
        answer = await approved(desk, DANIEL, f"correct NOTE-13: {CORRECTED}")
        assert "Undone" in await told(desk, DANIEL, answer, "Undo")
    assert await card_text(acting_as, DANIEL, "MAC-6") == before
