"""Who is who: from a Slack user to a person of the desk."""

from typing import Any

from slack_sdk.errors import SlackApiError
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from bot.runtime import Runtime
from bot.slack.api.errors import REFUSED_TOKEN, reason
from services.context import Actor, Audience, Role
from services.entities.person import Person
from services.errors import NotAllowed
from services.settings import Settings
from services.storage.database import WORKER, Transaction

User = dict[str, Any]
"""A user as Slack describes them."""

GUEST = "I serve the full members of this workspace only. Please ask a colleague to ask for you."
LEFT = "Your account at the desk is switched off. Please ask an admin of the desk."
NO_EMAIL = (
    "Slack tells me no confirmed email address for you, so I can't know who you are. Please confirm"
    " it at Slack, or ask an admin to give the app the scope users:read.email."
)
UNKNOWN = (
    "Slack does not tell me who you are ({error}). Please ask an admin to check that the app has"
    " the scope users:read and is installed in this workspace."
)
_FOR_GOOD = {
    "user_not_found",
    "user_not_visible",
    "users_not_found",
    "missing_scope",
    "no_permission",
    "access_denied",
    *REFUSED_TOKEN,
}
"""Answers of `users.info` that will not change by asking again."""

OF_USER = Person.query().where(Person.slack_id == bindparam("user"))

TAKEN = "Another Slack account already uses your email address here. Please ask an admin."


async def identify(runtime: Runtime, slack_id: str) -> Person:
    """The person behind a Slack user, made a requester at first contact.

    Those whom the desk does not serve raise `NotAllowed` with a sentence for them.
    """
    known = await Person.fetch_one(runtime.database, OF_USER, user=slack_id)
    person = known or await _link(runtime, slack_id)
    if not person.active:
        raise NotAllowed(LEFT)
    return person


def actor_for(person: Person, audience: Audience = Audience.private) -> Actor:
    """The person at Slack; what is shown to them alone is private wherever it appears."""
    return Actor(person.id, Role[person.role], audience)


async def _link(runtime: Runtime, slack_id: str) -> Person:
    user = await _at_slack(runtime, slack_id)
    if not is_full_member(user, runtime.bot.team_id):
        raise NotAllowed(GUEST)
    async with runtime.database.transaction(WORKER) as transaction:
        return await join(transaction, user, runtime.settings)


async def join(transaction: Transaction, user: User, settings: Settings) -> Person:
    """A full member becomes the person who has their email address, or a new requester."""
    facts = facts_of(user)
    if "email" not in facts:
        raise NotAllowed(NO_EMAIL)
    upsert = insert(Person).values({"name": facts["email"], **facts, "slack_id": user["id"]})
    row = await transaction.fetch_one(
        upsert.on_conflict_do_update(
            index_elements=[Person.email],
            set_={"slack_id": user["id"]},
            where=Person.slack_id.is_(None) | (Person.slack_id == user["id"]),
        ).returning(*Person.__table__.c)
    )
    if row is None:
        raise NotAllowed(TAKEN)
    linked = Person.from_row(row)
    if linked.role != "admin" and _begins_as_admin(settings, linked, user):
        return await linked.change(transaction, role="admin")
    return linked


def _begins_as_admin(settings: Settings, person: Person, user: User) -> bool:
    """Asked at first contact alone: from then on the desk's admins decide, whatever Slack says."""
    at_slack = bool(user.get("is_admin") or user.get("is_owner"))
    return person.email in settings.admin_emails or (settings.slack_admins_are_admins and at_slack)


def facts_of(user: User) -> dict[str, str]:
    """What Slack tells of a user and the desk keeps, without what it does not tell."""
    profile = user.get("profile") or {}
    facts = {
        # An address that was only typed in could be anybody's.
        "email": profile.get("email") if user.get("is_email_confirmed") is not False else None,
        "name": profile.get("real_name") or user.get("real_name"),
        "tz": user.get("tz"),
    }
    told = {name: str(value).strip() for name, value in facts.items() if value}
    return told | {"email": told["email"].lower()} if "email" in told else told


async def _at_slack(runtime: Runtime, slack_id: str) -> User:
    try:
        return dict((await runtime.slack.users_info(user=slack_id))["user"])
    except SlackApiError as error:
        if reason(error) not in _FOR_GOOD:
            raise
        raise NotAllowed(UNKNOWN.format(error=reason(error))) from error


def is_full_member(user: User, team_id: str) -> bool:
    """Neither a bot, nor a guest, nor from another company, nor deactivated."""
    odd = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
    ours = user.get("team_id") in (team_id, None)
    return ours and not any(user.get(name) for name in odd)
