"""Who is who: from a Slack user to a person of the desk."""

from collections.abc import Mapping

from slack_sdk.errors import SlackApiError
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import insert

from bot.runtime import Runtime
from bot.slack.api.errors import may_pass, reason
from bot.slack.people.conflicts import record_conflict
from bot.slack.people.membership import User, facts_of, is_full_member, is_guest
from bot.slack.sentences import (
    ADDRESS_TAKEN,
    ADDRESS_TAKEN_FROM_GUEST,
    GUEST,
    LEFT,
    NO_EMAIL,
    UNIDENTIFIED,
)
from services.context import Actor, Audience, Role
from services.entities.person import Person
from services.errors import NotAllowed
from services.settings import Settings
from services.storage.database import WORKER, Principal, Transaction

OF_USER = Person.query().where(Person.slack_id == bindparam("user"))
OF_EMAIL = Person.query().where(Person.email == bindparam("email"))

_TAKE_OVER = text("SELECT app.take_over(:person, :account, :former) AS taken")
_GUESTS_ALLOWED = text("SELECT app.guests_allowed() AS allowed")


async def identify(runtime: Runtime, slack_id: str) -> Person:
    """Return the person behind a Slack user, added as a requester at first contact.

    Those whom the desk does not serve raise `NotAllowed` with a sentence for them.
    """
    person = await _known(runtime, slack_id) or await _link(runtime, slack_id)
    if not person.active:
        raise NotAllowed(LEFT)
    return person


def actor_for(person: Person, audience: Audience = Audience.private) -> Actor:
    """Return the person as an actor; by default in private, for what only they see."""
    return Actor(person.id, Role[person.role], audience)


async def guests_allowed(runtime: Runtime) -> bool:
    """Return whether the admins let guests of the workspace be requesters."""
    [row] = await runtime.database.fetch_all(_GUESTS_ALLOWED)
    return bool(row["allowed"])


async def _known(runtime: Runtime, slack_id: str) -> Person | None:
    return await Person.fetch_one(runtime.database, OF_USER, user=slack_id)


async def _link(runtime: Runtime, slack_id: str) -> Person:
    user = await _at_slack(runtime, slack_id)
    if is_full_member(user, runtime.bot):
        return await join(runtime, WORKER, user)
    if is_guest(user, runtime.bot) and await guests_allowed(runtime):
        return await _join_as_guest(runtime, user)
    raise NotAllowed(GUEST)


async def join(runtime: Runtime, principal: Principal, user: User) -> Person:
    """Return the person of a full member who comes for the first time.

    That is the person with the member's email address, who gets the Slack account, or else a new
    requester. If another active account has that person, the admins are asked to decide and
    `NotAllowed` is raised.
    """
    facts = facts_of(user)
    if "email" not in facts:
        raise NotAllowed(NO_EMAIL)
    holder = await Person.fetch_one(runtime.database, OF_EMAIL, email=facts["email"])
    if holder and not await _may_take_over(runtime, user, holder):
        await record_conflict(runtime, principal, user, holder)
        raise NotAllowed(ADDRESS_TAKEN)
    async with runtime.database.transaction(principal) as transaction:
        if holder:
            person = await _take_over(transaction, user, holder)
        else:
            person = await _add(transaction, facts | {"slack_id": user["id"]})
        if person and person.role != "admin" and _begins_as_admin(runtime.settings, person, user):
            person = await person.change(transaction, role="admin")
    # If the account has just been added, it is that person; if another has just got the address,
    # that person decides.
    return person or await _known(runtime, user["id"]) or await join(runtime, principal, user)


async def _join_as_guest(runtime: Runtime, user: User) -> Person:
    """Add a guest as a new requester, never as a person who exists already."""
    facts = facts_of(user)
    if "email" not in facts:
        raise NotAllowed(NO_EMAIL)
    async with runtime.database.transaction(WORKER) as transaction:
        person = await _add(transaction, facts | {"slack_id": user["id"], "guest": True})
    if person := person or await _known(runtime, user["id"]):
        return person
    raise NotAllowed(ADDRESS_TAKEN_FROM_GUEST)


async def _add(transaction: Transaction, facts: Mapping[str, object]) -> Person | None:
    """Add a person; None if somebody has the address or the account."""
    values = {"name": facts["email"], **facts}
    # Of two first messages at once either index may be the one that refuses the second.
    new = insert(Person).values(values).on_conflict_do_nothing()
    row = await transaction.fetch_one(new.returning(Person.id))
    return await Person.get(transaction, row["id"]) if row else None


async def _take_over(transaction: Transaction, user: User, holder: Person) -> Person | None:
    """Give `holder` the Slack account; None if they have got another account meanwhile."""
    values = {"person": holder.id, "account": user["id"], "former": holder.slack_id}
    taken = await transaction.fetch_one(_TAKE_OVER, **values)
    return await Person.get(transaction, holder.id) if taken and taken["taken"] else None


async def _may_take_over(runtime: Runtime, user: User, holder: Person) -> bool:
    """Return whether the account may become this person; staff need a confirmed email address."""
    confirmed = user.get("is_email_confirmed") is True
    if holder.guest or not (confirmed or holder.role == "requester"):
        return False
    return holder.slack_id in (None, user["id"]) or await _is_gone(runtime, str(holder.slack_id))


async def _is_gone(runtime: Runtime, slack_id: str) -> bool:
    """Return whether an account is deactivated, or unknown to Slack."""
    try:
        return bool((await runtime.slack.users_info(user=slack_id))["user"].get("deleted"))
    except SlackApiError as error:
        if may_pass(error):
            raise
        return reason(error) == "user_not_found"


def _begins_as_admin(settings: Settings, person: Person, user: User) -> bool:
    """Return whether a new person becomes an admin. Later on only the desk's admins decide that."""
    at_slack = bool(user.get("is_admin") or user.get("is_owner"))
    return person.email in settings.admin_emails or (settings.slack_admins_are_admins and at_slack)


async def _at_slack(runtime: Runtime, slack_id: str) -> User:
    try:
        told = (await runtime.slack.users_info(user=slack_id)).get("user")
    except SlackApiError as error:
        if may_pass(error):
            raise
        raise NotAllowed(UNIDENTIFIED.format(error=reason(error))) from error
    if not isinstance(told, dict):
        raise NotAllowed(UNIDENTIFIED.format(error="it names no user"))
    return {**told, "id": slack_id}
