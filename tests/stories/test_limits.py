"""Limits of turns and writes per hour: over them, people are told when to return."""

import pytest
from sqlalchemy import Engine, text

from services.errors import NotAllowed
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import ActingAs, command


async def set_limit(acting_as: ActingAs, limit: str, per_hour: int) -> None:
    async with acting_as(MARCUS) as ctx:
        await TOOLS["set_limit"](ctx, limit=limit, per_hour=per_hour)


async def asked(desk: Desk, person: int) -> str:
    return str((await desk.ask(person, "what laptop do I have")).blocks)


async def test_person_over_the_hourly_limit_is_told_when_to_ask_again(
    desk: Desk, acting_as: ActingAs
) -> None:
    await set_limit(acting_as, "turns_per_person", 2)
    assert "MAC-5" in await asked(desk, PRIYA)
    assert "MAC-5" in await asked(desk, PRIYA)
    assert "You have reached this hour's limit. Try again after " in await asked(desk, PRIYA)
    assert "MAC-" in await asked(desk, DANIEL)


async def test_person_over_the_hourly_limit_may_ask_again_an_hour_later(
    desk: Desk, acting_as: ActingAs, owner: Engine
) -> None:
    await set_limit(acting_as, "turns_per_person", 1)
    await asked(desk, PRIYA)
    assert "Try again after" in await asked(desk, PRIYA)
    with owner.begin() as connection:
        connection.execute(text("UPDATE turns SET created_at = created_at - interval '1 hour'"))
    assert "MAC-5" in await asked(desk, PRIYA)


async def test_questions_over_the_limit_of_all_people_together_are_refused(
    desk: Desk, acting_as: ActingAs
) -> None:
    await set_limit(acting_as, "turns_per_workspace", 1)
    await asked(desk, PRIYA)
    assert "Try again after" in await asked(desk, DANIEL)


async def test_change_over_the_hourly_limit_of_a_person_is_refused(acting_as: ActingAs) -> None:
    await set_limit(acting_as, "writes_per_person", 2)
    for name in ("First", "Second"):
        async with acting_as(PRIYA) as ctx:
            await TOOLS["create_ticket"](ctx, name=name)
    async with acting_as(PRIYA) as ctx:
        with pytest.raises(NotAllowed, match="Try again after "):
            await TOOLS["create_ticket"](ctx, name="Third")
    async with acting_as(DANIEL) as ctx:
        await TOOLS["create_ticket"](ctx, name="Of somebody else")


async def test_admin_can_raise_a_limit_set_too_low(acting_as: ActingAs) -> None:
    await set_limit(acting_as, "writes_per_workspace", 1)
    await set_limit(acting_as, "writes_per_workspace", 500)
    async with acting_as(PRIYA) as ctx:
        await TOOLS["create_ticket"](ctx, name="VPN drops")


async def test_admins_see_and_set_hourly_limits_in_slack(desk: Desk) -> None:
    assert "turns_per_person: 60 an hour" in await command(desk, MARCUS, "limit")
    told = await command(desk, MARCUS, "limit turns_per_person 5")
    assert "turns_per_person is now 5 an hour" in told
    assert "turns_per_person: 5 an hour" in await command(desk, MARCUS, "limit")
    assert "is for admins" in await command(desk, PRIYA, "limit turns_per_person 900")
    assert "a number from 1 to 1,000,000" in await command(
        desk, MARCUS, "limit turns_per_person many"
    )
