"""Whether a Slack user is a member or guest of the workspace, and which data the desk keeps."""

from typing import Any

from bot.runtime import Identity
from services.entities.column import TITLE_LENGTH
from services.sanitize import one_line, sanitize

User = dict[str, Any]
"""A user as Slack describes them."""


def is_full_member(user: User, bot: Identity) -> bool:
    """Return whether somebody is of our workspace or organization, and no guest there."""
    return _is_ours(user, bot) and not _is_restricted(user)


def is_guest(user: User, bot: Identity) -> bool:
    """Return whether somebody is a guest of our workspace."""
    return _is_ours(user, bot) and _is_restricted(user)


def _is_restricted(user: User) -> bool:
    return bool(user.get("is_restricted") or user.get("is_ultra_restricted"))


def _is_ours(user: User, bot: Identity) -> bool:
    """Return whether a user is neither a bot, nor from another company, nor deactivated."""
    if any(user.get(name) for name in ("deleted", "is_bot", "is_stranger")):
        return False
    # In an Enterprise organization `team_id` is one of the person's workspaces, or none of them.
    in_organization = _dict(user.get("enterprise_user"))
    if user.get("team_id") in (bot.team_id, None) or bot.team_id in _teams(in_organization):
        return True
    return bool(bot.enterprise_id) and in_organization.get("enterprise_id") == bot.enterprise_id


def _teams(in_organization: dict[str, Any]) -> list[Any]:
    teams = in_organization.get("teams")
    return teams if isinstance(teams, list) else []


def facts_of(user: User) -> dict[str, str]:
    """Return the values of a user that the desk keeps, without those that Slack leaves out."""
    profile = _dict(user.get("profile"))
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"))
    facts = {
        # An address that was only typed in could be anybody's.
        "email": _email(user) if user.get("is_email_confirmed") is not False else "",
        "name": next((name for each in names if (name := _name(each))), ""),
        "tz": _storable(user.get("tz")),
    }
    return {name: value for name, value in facts.items() if value}


def _email(user: User) -> str:
    """Return the email address that Slack has of a user, confirmed or not."""
    return "".join(_storable(_dict(user.get("profile")).get("email")).lower().split())


def _name(told: Any) -> str:
    """Return a name from Slack on one line; empty if it has no letter or digit."""
    name = one_line(_storable(told))[:TITLE_LENGTH]
    return name if any(letter.isalnum() for letter in sanitize(name)) else ""


def _storable(told: Any) -> str:
    """Return the text as Postgres can store it: without NUL and halves of surrogate pairs."""
    text = told if isinstance(told, str) else ""
    return text.replace("\0", " ").encode(errors="ignore").decode().strip()


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
