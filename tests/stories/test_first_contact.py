"""The role that people get at first contact, and that later changes in Slack do not change it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from services.errors import SetupError
from services.settings import Settings
from tests.fixtures import EMRE, MARCUS, PRIYA, Desk, open_desk
from tests.stories.telling import command


@pytest.fixture
async def trusting(fresh_database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk where the workspace's admins become admins."""
    async with open_desk(fresh_database, tmp_path, slack_admins_are_admins=True) as desk:
        yield desk


def at_slack(desk: Desk, person: int, **is_: bool) -> None:
    user = desk.user(person)
    desk.slack.users[user] = replace(desk.slack.users[user], **is_)


async def role(desk: Desk, person: int, owner: Engine) -> str:
    await command(desk, person, "help")
    with owner.connect() as connection:
        query = text("SELECT role FROM people WHERE id = :id")
        return str(connection.scalar(query, {"id": person}))


async def test_slack_admin_becomes_a_requester_by_default(desk: Desk, owner: Engine) -> None:
    at_slack(desk, PRIYA, is_admin=True)
    assert await role(desk, PRIYA, owner) == "requester"


@pytest.mark.parametrize("rank", ["is_admin", "is_owner"])
async def test_slack_admins_become_admins_if_the_setting_allows_it(
    trusting: Desk, owner: Engine, rank: str
) -> None:
    at_slack(trusting, PRIYA, **{rank: True})
    assert await role(trusting, PRIYA, owner) == "admin"
    assert await role(trusting, EMRE, owner) == "requester"
    assert "role requester → admin" in await command(trusting, MARCUS, "audit USR-5")


async def test_admin_of_the_desk_keeps_the_role_when_no_longer_admin_in_slack(
    trusting: Desk, owner: Engine
) -> None:
    at_slack(trusting, PRIYA, is_admin=True)
    await role(trusting, PRIYA, owner)
    at_slack(trusting, PRIYA, is_admin=False)
    assert await role(trusting, PRIYA, owner) == "admin"


async def test_slack_admin_whom_an_admin_made_requester_stays_requester(
    trusting: Desk, owner: Engine
) -> None:
    at_slack(trusting, PRIYA, is_admin=True)
    await role(trusting, PRIYA, owner)
    await command(trusting, MARCUS, "role USR-5 requester")
    assert await role(trusting, PRIYA, owner) == "requester"


async def test_guest_with_admin_flags_in_slack_does_not_become_an_admin(
    trusting: Desk, owner: Engine
) -> None:
    at_slack(trusting, PRIYA, is_admin=True, is_restricted=True)
    assert await role(trusting, PRIYA, owner) == "requester"


def test_setting_for_slack_admins_accepts_true_or_false() -> None:
    with pytest.raises(SetupError, match="SLACK_ADMINS_ARE_ADMINS is not usable"):
        Settings.load(_env_file=None, slack_admins_are_admins="perhaps")
