"""Guests of the Slack workspace, whom an admin may let in as requesters."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.slack.sentences import ADDRESS_TAKEN_FROM_GUEST, GUEST, LEFT
from tests.fixtures import DANIEL, HELENA, MARCUS, PRIYA, Desk
from tests.stories.telling import command
from tests.stories.test_accounts import NEW, asks, everybody_known, person
from tests.stories.test_directory import known, slack_user, synchronise

pytestmark = pytest.mark.usefixtures("impatient_jobs")

GUESTS = [{"is_restricted": True}, {"is_restricted": True, "is_ultra_restricted": True}]


@pytest.mark.parametrize("guest", GUESTS)
async def test_guest_is_a_requester_if_an_admin_allows_guests(
    desk: Desk, owner: Engine, guest: dict[str, Any]
) -> None:
    visitor = replace(NEW, is_admin=True, **guest)
    assert await asks(desk, visitor) == GUEST
    assert "is for admins" in await command(desk, DANIEL, "guests on")
    assert "“Guests”: on" in await command(desk, MARCUS, "guests on")
    assert "UTC" in await asks(desk, visitor, "what time is it?")
    made = known(owner, NEW.email)
    assert (made.role, made.guest) == ("requester", True)
    said = await command(desk, MARCUS, f"role USR-{made.id} technician")
    assert "guests can only be requesters" in said
    await synchronise(desk)
    assert known(owner, NEW.email).active
    assert "“Guests”: off" in await command(desk, MARCUS, "guests off")
    assert await asks(desk, visitor) == LEFT
    await command(desk, MARCUS, "guests on")
    assert "UTC" in await asks(desk, visitor, "what time is it?")


@pytest.mark.parametrize("taken_from", [PRIYA, MARCUS])
@pytest.mark.parametrize("known_account", [True, False])
async def test_guest_with_the_address_of_a_person_does_not_take_over_that_person(
    desk: Desk, owner: Engine, taken_from: int, known_account: bool
) -> None:
    if known_account:
        await everybody_known(desk)
    email = slack_user(desk, taken_from).email
    desk.slack.users[desk.user(taken_from)] = slack_user(desk, taken_from, deleted=True)
    await command(desk, HELENA, "help")
    await allow_guests(owner)
    guest = replace(NEW, email=email, is_restricted=True)
    assert await asks(desk, guest) == ADDRESS_TAKEN_FROM_GUEST
    assert person(owner, taken_from).slack_id != NEW.id


async def allow_guests(owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("SELECT app.allow_guests(true)"))


async def test_technician_is_a_requester_while_a_guest_and_technician_again_as_a_member(
    desk: Desk, owner: Engine
) -> None:
    await everybody_known(desk)
    await allow_guests(owner)
    await synchronise(desk, slack_user(desk, DANIEL, is_restricted=True))
    now = person(owner, DANIEL)
    assert (now.active, now.role, now.guest) == (True, "requester", True)
    await synchronise(desk, slack_user(desk, DANIEL, is_restricted=False))
    assert (person(owner, DANIEL).active, person(owner, DANIEL).guest) == (True, False)
