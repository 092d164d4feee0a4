"""Changing tickets: several at once, with a note in the same change, and one receipt for each."""

import re
from typing import Any

import pytest
from sqlalchemy import Engine, text

from services.agent.tool_calls import result_text
from services.context import Role
from services.errors import DeskError
from services.tools import TOOLS
from tests.fixtures import DANIEL, PRIYA, Desk
from tests.services.provider import calls, says
from tests.stories.telling import ActingAs, approved, card_text, desk_with


async def told(ctx: Any, tool: str, /, **given: Any) -> list[str]:
    """Call a tool and return the lines that a model reads."""
    result = await TOOLS[tool](ctx, **given)
    return (await result_text(ctx, TOOLS[tool], result)).splitlines()


async def test_receipt_for_a_changed_ticket_names_old_new_and_derived_values(
    acting_as: ActingAs,
) -> None:
    async with acting_as(DANIEL) as ctx:
        lines = await told(
            ctx, "update_tickets", tickets="TKT-58", assignee="Minh", team="Network", priority="Low"
        )
    [line] = lines
    assert line.startswith("Changed TKT-58: ")
    assert 'assignee nobody → USR-8 "Minh Nguyễn"' in line
    assert "status Open → Assigned" in line
    assert 'team none → TEAM-2 "Network and Connectivity"' in line
    assert "priority Normal → Low" in line


async def test_several_tickets_are_changed_in_one_call_with_a_note_on_each(
    acting_as: ActingAs,
) -> None:
    async with acting_as(DANIEL) as ctx:
        lines = await told(
            ctx,
            "update_tickets",
            tickets=["TKT-57", "TKT-58"],
            status="Closed",
            resolution="Codes are on the intranet.",
            note="Told both.",
        )
    assert len(lines) == 4
    for key in ("TKT-57", "TKT-58"):
        assert any(f"Changed {key}: " in line and "status Open → Closed" in line for line in lines)
        shown = await card_text(acting_as, DANIEL, key)
        assert "Resolution: Codes are on the intranet." in shown
        assert '"Told both."' in shown


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("update_tickets", {"tickets": ["TKT-13", "tkt-13"]}),
        ("update_machines", {"machines": ["MAC-5", "mac-5", "MAC-5"]}),
    ],
)
async def test_record_that_is_named_twice_gets_one_note(
    acting_as: ActingAs, tool: str, given: dict[str, Any]
) -> None:
    async with acting_as(DANIEL) as ctx:
        assert len(await told(ctx, tool, **given, note="hello")) == 1


async def test_machine_cannot_be_added_and_removed_in_one_change(acting_as: ActingAs) -> None:
    both = {"add_machines": ["MAC-5"], "remove_machines": ["mac-5"]}
    with pytest.raises(DeskError, match=r"MAC-5 can't be both added and removed\. Choose one\."):
        async with acting_as(DANIEL) as ctx:
            await told(ctx, "update_tickets", tickets="TKT-58", **both)


async def test_no_ticket_is_changed_if_the_change_of_one_of_several_is_refused(
    acting_as: ActingAs,
) -> None:
    with pytest.raises(DeskError, match="TKT-999999"):
        async with acting_as(DANIEL) as ctx:
            await told(ctx, "update_tickets", tickets=["TKT-58", "TKT-999999"], status="Closed")
    assert "Status: Open" in await card_text(acting_as, DANIEL, "TKT-58")


async def test_reopening_a_ticket_clears_its_resolution(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        await told(ctx, "update_tickets", tickets="TKT-58", status="Closed", resolution="Reset.")
    async with acting_as(DANIEL) as ctx:
        [line] = await told(ctx, "update_tickets", tickets="TKT-58", status="Open")
    assert 'resolution "Reset." → none' in line


async def test_machines_are_linked_to_a_ticket_and_unlinked(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        await told(
            ctx, "update_tickets", tickets="TKT-58", add_machines=["MAC-5", "LT-ASCHMIDT-01"]
        )
        lines = await told(ctx, "update_tickets", tickets="TKT-58", remove_machines=["MAC-5"])
        with pytest.raises(DeskError, match="Nothing to change"):
            await told(ctx, "update_tickets", tickets="TKT-58", add_machines=["MAC-12"])
    assert any("MAC-5" in line and "TKT-58" in line for line in lines)
    assert "Machines: MAC-12" in await card_text(acting_as, DANIEL, "TKT-58")


async def test_removing_the_assignee_of_a_ticket_sets_the_status_to_open(
    acting_as: ActingAs,
) -> None:
    async with acting_as(DANIEL) as ctx:
        [line] = await told(ctx, "update_tickets", tickets="TKT-12", assignee="nobody")
    assert "→ nobody" in line
    assert "status Assigned → Open" in line


async def test_technician_creates_a_ticket_for_somebody_else(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        lines = await told(
            ctx,
            "create_ticket",
            name="Headset is broken",
            requester="Sarah Whitfield",
            team="Service Desk",
            machines=["MAC-5"],
            tags=["site=berlin", "vip"],
        )
        page = await TOOLS["find_tickets"](ctx, tags=["site=berlin", "vip"])
    assert 'requester USR-20 "Sarah Whitfield"' in lines[0]
    assert [row.as_text().split(" | ")[0] for row in page.rows] == ['TKT-61 "Headset is broken"']


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("create_ticket", {"name": "x", "requester": "Sarah Whitfield"}),
        ("create_ticket", {"name": "x", "assignee": "me"}),
        ("create_ticket", {"name": "x", "team": "Service Desk"}),
        ("create_ticket", {"name": "x", "tags": ["a=b"]}),
        ("update_tickets", {"tickets": "TKT-54", "priority": "Low"}),
        ("update_tickets", {"tickets": "TKT-54", "assignee": "nobody"}),
        ("update_tickets", {"tickets": "TKT-54", "team": "Service Desk"}),
        ("update_tickets", {"tickets": "TKT-54", "requester": "Sarah Whitfield"}),
        ("update_tickets", {"tickets": "TKT-54", "private": True}),
        ("update_tickets", {"tickets": "TKT-54", "note": "x", "internal_note": True}),
    ],
)
async def test_requester_who_changes_a_technicians_field_is_told_who_may_do_that(
    acting_as: ActingAs, tool: str, given: dict[str, Any]
) -> None:
    async with acting_as(PRIYA) as ctx:
        with pytest.raises(DeskError, match="Only technicians"):
            await TOOLS[tool](ctx, **given)


async def test_requester_closes_own_ticket_with_a_resolution_and_a_note(
    acting_as: ActingAs,
) -> None:
    async with acting_as(PRIYA) as ctx:
        lines = await told(
            ctx,
            "update_tickets",
            tickets="TKT-54",
            status="Closed",
            resolution="Found it",
            note="x",
        )
    assert len(lines) == 2


async def test_change_that_would_hide_a_ticket_from_the_person_making_it_is_refused(
    acting_as: ActingAs, owner: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE tickets SET assignee_id = NULL WHERE id = 59"))
        connection.execute(text("UPDATE tickets SET team_id = 5 WHERE id = 59"))
    with pytest.raises(DeskError, match="would hide TKT-59 from you"):
        async with acting_as(DANIEL, Role.technician) as ctx:
            await TOOLS["update_tickets"](ctx, tickets="TKT-59", private=True)


async def test_change_of_several_tickets_needs_one_consent_and_is_made_at_once(
    fresh_database: str, tmp_path: Any, acting_as: ActingAs
) -> None:
    wanted = {"tickets": ["TKT-57", "TKT-58"], "status": "Closed"}
    script = [calls(("update_tickets", wanted)), says("Both are closed.")]
    async with desk_with(fresh_database, tmp_path, *script) as (desk, _):
        await approved(desk, DANIEL, "close TKT-57 and TKT-58")
    for key in wanted["tickets"]:
        assert "Status: Closed" in await card_text(acting_as, DANIEL, key)


async def test_notes_of_a_record_are_read_ten_at_a_time(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        for number in range(23):
            await TOOLS["add_note"](ctx, on="TKT-58", text=f"Note {number}.")
        first = str(await TOOLS["get"](ctx, records="TKT-58"))
        [before] = [line for line in first.splitlines() if line.startswith("There are older notes")]
        key = before.rstrip(".").rpartition("=")[2]
        second = str(await TOOLS["get"](ctx, records="TKT-58", notes_before=key))
    assert "Notes, newest first:" in first
    assert numbers_in(first) == list(range(22, 12, -1))
    assert numbers_in(second) == list(range(12, 2, -1))


def numbers_in(said: str) -> list[int]:
    return [int(number) for number in re.findall(r'"Note (\d+)\."', said)]


async def test_card_button_that_changes_a_ticket_shows_the_changed_card(desk: Desk) -> None:
    answer = await desk.ask(DANIEL, "TKT-58")
    await desk.slack.press(desk.user(DANIEL), answer, "Take")
    await desk.slack.until(lambda: "Daniel Okafor" in str(answer.blocks))
