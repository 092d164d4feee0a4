"""What was changed can be taken back for ten minutes, unless something newer has touched it."""

import pytest
from sqlalchemy import Engine, text

from services.errors import DeskError
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import ActingAs, card_text, told


async def test_a_closed_ticket_is_open_again_and_its_history_says_so(
    desk: Desk, acting_as: ActingAs
) -> None:
    answer = await desk.ask(DANIEL, "close TKT-12")
    assert "Undone" in await told(desk, DANIEL, answer, "Undo")
    assert "Status: Assigned" in await card_text(acting_as, DANIEL, "TKT-12")
    assert "newer changes" in await told(desk, DANIEL, answer, "Undo")


async def test_a_created_ticket_is_gone_again(desk: Desk, acting_as: ActingAs) -> None:
    answer = await desk.ask(PRIYA, "open a ticket: VPN drops every hour")
    assert "Undone: Created TKT-61" in await told(desk, PRIYA, answer, "Undo")
    with pytest.raises(DeskError):
        await card_text(acting_as, PRIYA, "TKT-61")


async def test_only_the_one_who_did_it_can_undo_it(desk: Desk, acting_as: ActingAs) -> None:
    channel = desk.slack.channel("general").id
    answer = await desk.ask(PRIYA, "@Deskhand close TKT-54", channel)
    assert "no change of yours" in await told(desk, DANIEL, answer, "Undo")
    assert "Status: Closed" in await card_text(acting_as, PRIYA, "TKT-54")


async def test_a_newer_change_by_somebody_else_stays(desk: Desk, acting_as: ActingAs) -> None:
    answer = await desk.ask(DANIEL, "close TKT-12")
    async with acting_as(MARCUS) as ctx:
        await TOOLS["update_ticket"](ctx, ticket="TKT-12", name="Dock is broken")
    assert "newer changes" in await told(desk, DANIEL, answer, "Undo")
    assert "Status: Closed" in await card_text(acting_as, DANIEL, "TKT-12")


async def test_after_ten_minutes_it_is_too_late(desk: Desk, owner: Engine) -> None:
    answer = await desk.ask(DANIEL, "close TKT-12")
    with owner.begin() as connection:
        connection.execute(text("UPDATE events SET at = at - interval '11 minutes'"))
    assert "more than ten minutes ago" in await told(desk, DANIEL, answer, "Undo")


async def test_nobody_deletes_a_record_that_is_not_brand_new(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        assert await ctx.fetch_all(text("DELETE FROM tickets RETURNING id")) == []
