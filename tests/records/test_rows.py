"""What the rows of lists say about tickets and machines."""

import re

import pytest
from sqlalchemy import Engine, text

from services.entities.machine import Machine
from services.tools import TOOLS, Page
from tests.fixtures import DANIEL, MARCUS, PRIYA
from tests.stories.telling import ActingAs


async def test_row_of_a_ticket_in_a_list_names_status_people_team_and_ages(
    acting_as: ActingAs,
) -> None:
    async with acting_as(MARCUS) as ctx:
        page = await TOOLS["find_tickets"](ctx, status="On Hold", team="TEAM-1", sort="created")
        found = await TOOLS["find_machines"](ctx, words="rtx a6000")
    assert isinstance(page, Page)
    [row] = [each.as_text() for each in page.rows if each.ref.id == "TKT-51"]
    parts = row.split(" | ")
    assert parts[0] == 'TKT-51 "Teams does not find my headset"'
    assert parts[1:5] == ["On Hold", "Low", "by USR-14 Rachel Dunmore", "with USR-7 Zoë Lindqvist"]
    assert parts[5:8] == ["TEAM-1 Service Desk", "created 3 d ago", "changed 1 d ago"]
    assert 'Graphics card: "NVIDIA RTX A6000 48 GB"' in found.as_text()
    assert page.as_text().startswith("2 of 2 tickets (status On Hold, team TEAM-1 Service Desk), ")


async def test_row_of_a_paused_ticket_has_the_newest_note_that_the_viewer_reads(
    acting_as: ActingAs,
) -> None:
    async def row(person: int, **status: str) -> str:
        async with acting_as(person) as ctx:
            await TOOLS["update_tickets"](ctx, tickets="TKT-54", **status) if status else None
            found = await TOOLS["find_tickets"](ctx, words="TKT-54")
        return str(found.rows[0].as_text())

    async with acting_as(DANIEL) as ctx:
        for text_, internal in (("Disk is ordered\nfor Friday", False), ("Costs 90", True)):
            await TOOLS["add_note"](ctx, on="TKT-54", text=text_, internal=internal)
    assert "ordered" not in await row(PRIYA)
    paused = await row(DANIEL, status="On Hold")
    assert re.search(r' \| newest internal note, just now: "Costs 90"', paused)
    assert 'just now: "Disk is ordered"' in await row(PRIYA)
    assert "Costs" not in await row(PRIYA)
    async with acting_as(DANIEL) as ctx:
        mixed = await TOOLS["find_tickets"](ctx, status=["open"], limit=50)
        paused_only = await TOOLS["find_tickets"](ctx, status=["On Hold", "Awaiting"])
    assert "newest" not in mixed.as_text().partition("\n")[2]
    assert paused_only.as_text().count(" note, ") > 5


async def test_row_leaves_out_the_person_by_whom_the_list_is_filtered(acting_as: ActingAs) -> None:
    async with acting_as(PRIYA) as ctx:
        mine = await TOOLS["find_tickets"](ctx, requester="me", status="any")
    assert "Priya" not in mine.as_text()
    assert "requester you" in mine.as_text()


@pytest.mark.parametrize("typed", ["PF-3X9K-77", "pf3x9k77", "PF-3XK9-77", "PF-3X9-77"])
async def test_row_of_a_machine_shows_the_serial_number_that_was_searched_for(
    acting_as: ActingAs, owner: Engine, typed: str
) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE machines SET serial_number = 'PF-3X9K-77' WHERE id = 3"))
    async with acting_as(DANIEL) as ctx:
        page = await TOOLS["find_machines"](ctx, words=typed)
        assert isinstance(page, Page)
        assert page.rows[0].ref.id == "MAC-3"
        assert 'Serial number: "PF-3X9K-77"' in page.rows[0].facts
        name = (await Machine.get(ctx, 3)).name
        page = await TOOLS["find_machines"](ctx, words=name[:-2] + name[-1] + name[-2])
    assert isinstance(page, Page)
    assert "Serial" not in page.as_text()
