"""A new ticket names those that it resembles, and how they were solved."""

import pytest
from sqlalchemy import Engine, text

from services.agent.tool_calls import result_text
from services.tools import TOOLS
from tests.fixtures import DANIEL, HELENA, PRIYA
from tests.stories.telling import ActingAs

LIKE_TKT_1 = "Licence not found in RFEM after the server move"


async def _created(acting_as: ActingAs, person: int, name: str) -> str:
    async with acting_as(person) as ctx:
        tool = TOOLS["create_ticket"]
        return await result_text(ctx, tool, await tool(ctx, name=name))


async def test_receipt_of_a_new_ticket_tells_a_technician_what_solved_a_similar_one(
    acting_as: ActingAs,
) -> None:
    said = await _created(acting_as, DANIEL, LIKE_TKT_1)
    assert 'TKT-1 "RFEM licence not found after the server move"' in said
    assert "solved: “Moved the licence service" in said.replace('solved: "', "solved: “")


async def test_receipt_of_a_new_ticket_names_a_requester_no_similar_ticket_of_others(
    acting_as: ActingAs,
) -> None:
    assert "Similar" not in await _created(acting_as, PRIYA, LIKE_TKT_1)


async def test_private_ticket_is_not_named_as_similar_to_people_who_may_not_see_it(
    acting_as: ActingAs, owner: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE tickets SET private = true WHERE id = 1"))
    assert "TKT-1 " not in await _created(acting_as, HELENA, LIKE_TKT_1)


@pytest.mark.parametrize("name", ["Help", "the and of", "Coffee machine leaks"])
async def test_receipt_of_a_new_ticket_names_no_tickets_if_none_are_similar(
    acting_as: ActingAs, name: str
) -> None:
    assert "Similar" not in await _created(acting_as, DANIEL, name)


async def test_card_of_a_new_open_ticket_names_similar_tickets(acting_as: ActingAs) -> None:
    await _created(acting_as, DANIEL, LIKE_TKT_1)
    async with acting_as(DANIEL) as ctx:
        shown = await TOOLS["get"](ctx, records="TKT-61")
    assert "Similar tickets: TKT-1" in str(shown)


async def test_card_of_a_ticket_older_than_a_month_names_no_similar_tickets(
    acting_as: ActingAs, owner: Engine
) -> None:
    await _created(acting_as, DANIEL, LIKE_TKT_1)
    with owner.begin() as connection:
        older = "UPDATE tickets SET created_at = now() - interval '31 days' WHERE id = 61"
        connection.execute(text(older))
    async with acting_as(DANIEL) as ctx:
        shown = await TOOLS["get"](ctx, records="TKT-61")
    assert "Similar tickets" not in str(shown)
