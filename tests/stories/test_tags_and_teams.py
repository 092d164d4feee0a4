"""Tags are set and removed, teams are created and changed, and both can be undone."""

from typing import Any

import pytest

from services.errors import DeskError
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS
from tests.services.provider import calls, says
from tests.stories.telling import ActingAs, card_text, desk_with, told
from tests.stories.test_update_tickets import told as lines_of

WANTED = {"record": "MAC-5", "tags": ["OS=Windows 11 24H2", "vip"], "remove": ["warranty=2027-03"]}


async def test_tags_of_a_record_are_set_changed_and_removed(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        lines = await lines_of(ctx, "set_tags", **WANTED)
    assert lines[0] == 'Removed TAG-5 "warranty: 2027-03" from MAC-5'
    assert 'value "Windows 11 23H2" → "Windows 11 24H2"' in lines[1]
    assert lines[2] == 'Added TAG-54 "vip" to MAC-5'
    shown = await card_text(acting_as, DANIEL, "MAC-5")
    assert "vip" in shown
    assert "warranty: 2027-03" not in shown


async def test_tags_whose_keys_differ_only_in_case_are_the_same_tag(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        [added] = await lines_of(ctx, "set_tags", record="MAC-5", tags=["Floor=2", "floor=3"])
    async with acting_as(DANIEL) as ctx:
        [removed] = await lines_of(ctx, "set_tags", record="MAC-5", remove=["FLOOR", "Floor"])
    assert '"floor: 3"' in added
    assert removed == 'Removed TAG-54 "floor: 3" from MAC-5'


async def test_note_can_be_added_together_with_tags(acting_as: ActingAs) -> None:
    given = {"tags": ["vip"], "note": "For the board", "internal_note": True}
    async with acting_as(DANIEL) as ctx:
        lines = await lines_of(ctx, "set_tags", record="MAC-5", **given)
        with pytest.raises(DeskError, match="You can't add notes to notes"):
            await TOOLS["set_tags"](ctx, record="NOTE-13", **given)
    assert [each.split()[0] for each in lines] == ["Added", "Added"]
    assert 'internal: "For the board"' in await card_text(acting_as, DANIEL, "MAC-5")


async def test_undo_restores_a_removed_tag(
    fresh_database: str, tmp_path: Any, acting_as: ActingAs
) -> None:
    before = await card_text(acting_as, DANIEL, "MAC-5")
    script = [calls(("set_tags", WANTED)), says("Done.")]
    async with desk_with(fresh_database, tmp_path, *script) as (desk, _):
        answer = await desk.ask(DANIEL, "it is for a VIP, on 24H2, and no warranty tag please")
        said = await told(desk, DANIEL, answer, "Undo")
    assert 'Added TAG-5 "warranty: 2027-03" to MAC-5' in said
    assert await card_text(acting_as, DANIEL, "MAC-5") == before


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"record": "MAC-5", "remove": ["colour"]}, "MAC-5 has no tag “colour”."),
        ({"record": "MAC-5", "tags": ["location=Bristol office"]}, "Nothing to change"),
        ({"record": "TAG-5", "tags": ["a=b"]}, "TAG-5 is a tag itself"),
    ],
)
async def test_impossible_change_of_tags_is_refused_with_the_reason(
    acting_as: ActingAs, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DeskError, match=sentence):
        async with acting_as(DANIEL) as ctx:
            await TOOLS["set_tags"](ctx, **given)


async def test_admin_creates_and_changes_a_team(acting_as: ActingAs) -> None:
    async with acting_as(MARCUS) as ctx:
        lines = await lines_of(
            ctx, "create_team", name="Night shift", members=["Daniel Okafor", "Minh Nguyễn"]
        )
        changed = await lines_of(
            ctx, "update_team", team="Night shift", description="22 to 6", remove_members=["USR-8"]
        )
    assert lines[0].startswith('Created TEAM-6 "Night shift"')
    assert 'Added USR-6 "Daniel Okafor" to TEAM-6 "Night shift"' in lines
    assert 'Removed USR-8 "Minh Nguyễn" from TEAM-6 "Night shift"' in changed
    shown = await card_text(acting_as, DANIEL, "TEAM-6")
    assert "Members: USR-6" in shown
    assert "22 to 6" in shown


async def test_adding_somebody_to_a_team_waits_for_consent(
    fresh_database: str, tmp_path: Any
) -> None:
    wanted = {"team": "TEAM-4", "add_members": ["USR-8"]}
    script = [calls(("update_team", wanted)), says("Minh is in.")]
    async with desk_with(fresh_database, tmp_path, *script) as (desk, _):
        card = await desk.ask(MARCUS, "put Minh into the security team")
    assert 'Add USR-8 "Minh Nguyễn" to TEAM-4' in str(card.blocks).replace("\\", "")
