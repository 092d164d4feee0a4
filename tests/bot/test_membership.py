"""Who belongs to the workspace or organization, and which requests are for this app."""

from typing import Any

import pytest

from bot.runtime import Identity
from bot.slack.listeners.gate import is_for
from bot.slack.people.membership import is_full_member, is_guest

ALONE = Identity("T1", "U0BOT", None, None, "A1")
IN_ORGANIZATION = Identity("T1", "U0BOT", None, "E1", "A1")
FOR_ORGANIZATION = Identity("T1", "U0BOT", "E1", "E1", "A1")


def of(*teams: str, enterprise: str = "E1") -> dict[str, Any]:
    return {"enterprise_user": {"id": "W1", "enterprise_id": enterprise, "teams": list(teams)}}


MEMBERS: list[tuple[dict[str, Any], Identity, bool]] = [
    ({"team_id": "T1"}, ALONE, True),
    ({}, ALONE, True),
    ({"team_id": "T2"}, ALONE, False),
    ({"team_id": "T2", **of("T2", "T1")}, IN_ORGANIZATION, True),
    ({"team_id": "E1", **of("T1")}, IN_ORGANIZATION, True),
    ({"team_id": "T2", **of("T2")}, IN_ORGANIZATION, False),
    ({"team_id": "E1", **of()}, IN_ORGANIZATION, False),
    ({"team_id": "T9", **of("T9", enterprise="E9")}, IN_ORGANIZATION, False),
    ({"team_id": "T2", **of("T2")}, FOR_ORGANIZATION, True),
    ({"team_id": "T9", **of("T9", enterprise="E9")}, FOR_ORGANIZATION, False),
    ({"team_id": "T2", "enterprise_user": {}}, FOR_ORGANIZATION, False),
    ({"team_id": "T2", "enterprise_user": {"teams": "T1"}}, IN_ORGANIZATION, False),
    ({"team_id": "T2", "enterprise_user": None}, IN_ORGANIZATION, False),
]


@pytest.mark.parametrize(("user", "bot", "ours"), MEMBERS)
def test_only_full_users_of_our_workspace_or_organization_are_members(
    user: dict[str, Any], bot: Identity, ours: bool
) -> None:
    assert is_full_member(user, bot) is ours
    assert not is_guest(user, bot)
    for restricted in ("is_restricted", "is_ultra_restricted"):
        assert is_guest({**user, restricted: True}, bot) is ours
        assert not is_full_member({**user, restricted: True}, bot)
    for odd in ("deleted", "is_bot", "is_stranger"):
        assert not is_full_member({**user, odd: True}, bot)
        assert not is_guest({**user, odd: True, "is_restricted": True}, bot)


def authorized(team: str | None, enterprise: str | None = None) -> dict[str, Any]:
    return {"authorizations": [{"team_id": team, "enterprise_id": enterprise}]}


REQUESTS: list[tuple[dict[str, Any], Identity, bool]] = [
    ({"team_id": "T1"}, ALONE, True),
    ({"team_id": "E1"}, ALONE, False),
    ({"team_id": "E1"}, IN_ORGANIZATION, True),
    ({"team_id": "E1", "enterprise_id": "E1"}, IN_ORGANIZATION, True),
    ({"team_id": "E9"}, IN_ORGANIZATION, False),
    ({"team_id": "T2", "enterprise_id": "E1"}, IN_ORGANIZATION, False),
    ({"team": {"id": "E1"}, "enterprise": {"id": "E1"}}, IN_ORGANIZATION, True),
    ({"team": None, "enterprise": {"id": "E1"}}, FOR_ORGANIZATION, True),
    ({"team_id": "E1"}, FOR_ORGANIZATION, True),
    ({"team_id": "T7", "enterprise_id": "E9"}, FOR_ORGANIZATION, False),
    ({"view": {"app_installed_team_id": "E1"}}, IN_ORGANIZATION, True),
    ({"view": {"app_installed_team_id": "E1"}}, FOR_ORGANIZATION, True),
    ({"team_id": "E1", **authorized("T1", "E1")}, IN_ORGANIZATION, True),
    ({"team_id": "E1", **authorized("T2", "E1")}, IN_ORGANIZATION, False),
    ({"team_id": "T9", **authorized(None, "E1")}, FOR_ORGANIZATION, True),
    ({"team_id": "T1", **authorized("T9", "E9")}, IN_ORGANIZATION, False),
]


@pytest.mark.parametrize(("body", "bot", "ours"), REQUESTS)
def test_request_is_for_the_desk_only_if_its_app_is_installed_in_that_workspace(
    body: dict[str, Any], bot: Identity, ours: bool
) -> None:
    assert is_for(bot, {"api_app_id": "A1", **body}) is ours
    assert not is_for(bot, {**body, "api_app_id": "A9"})
