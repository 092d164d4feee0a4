"""Undo reverses a change within ten minutes, unless a newer change has touched the record."""

from contextlib import AbstractAsyncContextManager
from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import Engine, text

from services.context import Actor, Context, Role, acting
from services.entities.machine import Machine
from services.errors import DeskError
from services.storage.database import Database
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import ActingAs, card_text, told


async def test_undo_reopens_a_closed_ticket_and_a_second_press_changes_nothing(
    desk: Desk, acting_as: ActingAs
) -> None:
    answer = await desk.ask(DANIEL, "close TKT-12")
    before = deepcopy(answer)
    assert "Undone" in await told(desk, DANIEL, answer, "Undo")
    assert "Status: Assigned" in await card_text(acting_as, DANIEL, "TKT-12")
    again = await told(desk, DANIEL, before, "Undo")
    assert again.startswith("That has been undone already: TKT-12's status is Assigned again")


async def test_undo_deletes_a_created_ticket(desk: Desk, acting_as: ActingAs) -> None:
    answer = await desk.ask(PRIYA, "open a ticket: VPN drops every hour")
    assert "Undone: Deleted TKT-61" in await told(desk, PRIYA, answer, "Undo")
    with pytest.raises(DeskError):
        await card_text(acting_as, PRIYA, "TKT-61")


async def test_only_the_person_who_made_a_change_can_undo_it(
    desk: Desk, acting_as: ActingAs
) -> None:
    channel = desk.slack.channel("general").id
    answer = await desk.ask(PRIYA, "@Deskhand close TKT-54", channel)
    assert "no change of yours" in await told(desk, DANIEL, answer, "Undo")
    assert "Status: Closed" in await card_text(acting_as, PRIYA, "TKT-54")


async def test_undo_is_refused_after_a_newer_change_by_somebody_else(
    desk: Desk, acting_as: ActingAs
) -> None:
    answer = await desk.ask(DANIEL, "close TKT-12")
    async with acting_as(MARCUS) as ctx:
        await TOOLS["update_tickets"](ctx, tickets="TKT-12", name="Dock is broken")
    assert "newer changes" in await told(desk, DANIEL, answer, "Undo")
    assert "Status: Closed" in await card_text(acting_as, DANIEL, "TKT-12")


async def test_undo_is_refused_after_ten_minutes(desk: Desk, owner: Engine) -> None:
    answer = await desk.ask(DANIEL, "close TKT-12")
    with owner.begin() as connection:
        connection.execute(text("UPDATE events SET at = at - interval '11 minutes'"))
    assert "more than ten minutes ago" in await told(desk, DANIEL, answer, "Undo")


async def test_requester_role_cannot_delete_a_record_after_ten_minutes(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        assert await ctx.fetch_all(text("DELETE FROM tickets RETURNING id")) == []


async def test_change_that_cannot_be_undone_has_no_undo_button(desk: Desk) -> None:
    created = await desk.ask(PRIYA, "open a ticket: VPN drops every hour")
    assert "Undo" in str(created.blocks)
    deleted = await desk.ask(PRIYA, "undo that")
    assert "Deleted TKT-61" in str(deleted.blocks)
    assert "'Undo'" not in str(deleted.blocks)


async def test_technician_undoes_the_retirement_of_a_machine(
    database: Database, acting_as: ActingAs
) -> None:
    before = await card_text(acting_as, DANIEL, "MAC-5")
    async with daniels(database, turn=1) as ctx:
        machine = await Machine.get(ctx, 5)
        await machine.change(ctx, status="Retired", person_id=None)
    assert "Retired" in await card_text(acting_as, DANIEL, "MAC-5")
    async with daniels(database, turn=2) as ctx:
        sentence = str(await TOOLS["undo"](ctx, turn=1))
    assert "status is Assigned again (was Retired)" in sentence
    assert await card_text(acting_as, DANIEL, "MAC-5") == before


def daniels(database: Database, turn: int) -> AbstractAsyncContextManager[Context]:
    return acting(database, Actor(DANIEL, Role.technician, turn_id=turn))


NEW = "the new record"
TICKET = "create_ticket", {"name": "Dock is broken"}
MACHINE = "create_machine", {"name": "LT-NEW-01", "type": "Laptop"}
NOTE = "add_note", {"on": "TKT-12", "text": "Dock is broken"}


@pytest.mark.parametrize(
    ("made", "tool", "given"),
    [
        (TICKET, "link_tickets", {"ticket": "TKT-12", "to": NEW, "kind": "duplicate"}),
        (TICKET, "link_tickets", {"ticket": "TKT-12", "to": NEW, "kind": "parent"}),
        (TICKET, "link_tickets", {"ticket": "TKT-12", "to": NEW, "kind": "related"}),
        (MACHINE, "update_tickets", {"tickets": "TKT-12", "add_machines": NEW}),
        (NOTE, "set_tags", {"record": NEW, "tags": ["vip"]}),
    ],
)
async def test_creation_of_a_record_that_somebody_else_has_used_since_is_not_undone(
    database: Database, acting_as: ActingAs, made: Any, tool: str, given: dict[str, Any]
) -> None:
    async with daniels(database, turn=1) as ctx:
        new: Any = await TOOLS[made[0]](ctx, **made[1])
    async with acting_as(MARCUS) as ctx:
        await TOOLS[tool](
            ctx, **{name: new.key if each == NEW else each for name, each in given.items()}
        )
    with pytest.raises(DeskError, match="has been followed by newer changes"):
        async with daniels(database, turn=2) as ctx:
            await TOOLS["undo"](ctx, turn=1)


async def test_technician_undoes_the_creation_of_a_ticket_for_somebody_else(
    database: Database,
) -> None:
    async with daniels(database, turn=1) as ctx:
        await TOOLS["create_ticket"](ctx, name="Dock is broken", requester="USR-5")
    async with daniels(database, turn=2) as ctx:
        assert str(await TOOLS["undo"](ctx, turn=1)).startswith("Undone: Deleted TKT-61")


async def test_undo_of_a_reopening_restores_the_time_when_the_ticket_was_closed(
    database: Database, owner: Engine
) -> None:
    times = text("SELECT closed_at FROM tickets WHERE id = 58")
    with owner.begin() as connection:
        connection.execute(text("UPDATE tickets SET status = 'Closed' WHERE id = 58"))
        connection.execute(text("UPDATE tickets SET closed_at = '2026-01-02' WHERE id = 58"))
        before = connection.scalar(times)
    async with daniels(database, turn=1) as ctx:
        await TOOLS["update_tickets"](ctx, tickets="TKT-58", status="Open")
    async with daniels(database, turn=2) as ctx:
        await TOOLS["undo"](ctx, turn=1)
    with owner.connect() as connection:
        assert connection.scalar(times) == before
