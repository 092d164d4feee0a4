"""Copies members from Slack each night: who came, who left, what they are called."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from procrastinate import JobContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import bindparam

from bot.runtime import Runtime
from bot.slack.api.errors import reason
from bot.slack.api.pagination import items
from bot.slack.people.conflicts import end_conflict, open_conflicts, record_conflict
from bot.slack.people.identity import OF_EMAIL, OF_USER, guests_allowed, join
from bot.slack.people.membership import User, facts_of, is_full_member, is_guest
from services.entities.person import Person
from services.errors import NotAllowed
from services.storage.database import AWAY, CLOCK

log = structlog.get_logger()

DEPARTMENT = "department"
"""The label of the custom profile field with a person's department, in workspaces that have it."""

_IMPORTED = Person.query().where(Person.slack_id.is_(None), Person.email == bindparam("email"))


@dataclass(frozen=True, slots=True)
class NightlyRun:
    """What a nightly run reads once for all users."""

    runtime: Runtime
    department_field: str | None
    guests_allowed: bool
    conflicts: set[str]
    """The ids of the Slack accounts that waited for an admin's decision when the run began."""


async def synchronise(context: JobContext) -> None:
    """Synchronise all Slack users; one that fails does not stop the others."""
    runtime: Runtime = context.additional_context["runtime"]
    users = skipped = 0
    run = NightlyRun(
        runtime,
        await _department_field(runtime.slack),
        await guests_allowed(runtime),
        await open_conflicts(runtime.database),
    )
    everybody = items(runtime.slack.users_list, "members", team_id=runtime.bot.team_id)
    async for user in everybody:
        users += 1
        known = user.get("id") if isinstance(user, dict) else None
        try:
            await _synchronise_user(run, user)
        except AWAY:
            raise
        except NotAllowed as error:
            log.info("person_not_joined", slack_user=known, why=str(error))
        except Exception as error:
            skipped += 1
            log.warning("person_skipped", slack_user=known, error=type(error).__name__)
    log.info("synchronised", users=users, skipped=skipped)


async def _synchronise_user(run: NightlyRun, user: User) -> None:
    """Update one person from Slack's data; unchanged values are not written."""
    runtime = run.runtime
    serves = is_full_member(user, runtime.bot)
    facts: dict[str, Any] = dict(facts_of(user))
    person = await _person_of(runtime, user, serves=serves and "email" in facts)
    holder = person and await _other_with(runtime, facts.get("email"), person)
    if holder and serves:
        await record_conflict(runtime, CLOCK, user, holder)
    elif user["id"] in run.conflicts:
        await end_conflict(runtime.database, user["id"])
    if holder:
        del facts["email"]
    if person is None:
        return
    values = await _values(run, user, person, facts)
    new = {name: each for name, each in values.items() if each != getattr(person, name)}
    if new:
        async with runtime.database.transaction(CLOCK) as transaction:
            await person.change(transaction, **new)


async def _values(
    run: NightlyRun, user: User, person: Person, facts: dict[str, Any]
) -> dict[str, Any]:
    """Return the columns of a person that are set from Slack's data."""
    bot, field = run.runtime.bot, run.department_field
    if is_full_member(user, bot):
        more = await _department(run.runtime.slack, user["id"], field) if field else {}
        return facts | more | {"guest": False} | _switched_on(person)
    if is_guest(user, bot) and run.guests_allowed:
        return facts | {"guest": True, "role": "requester"} | _switched_on(person)
    return _switched_off(person)


async def _person_of(runtime: Runtime, user: User, *, serves: bool) -> Person | None:
    """Return the user's person; add one if the desk serves the user and has none yet."""
    person = await Person.fetch_one(runtime.database, OF_USER, user=user["id"])
    if person or serves:
        return person or await join(runtime, CLOCK, user)
    return await _never_seen(runtime, user)


async def _other_with(runtime: Runtime, email: str | None, person: Person) -> Person | None:
    """Return who else has the address `email`, which Slack has for `person`; None if nobody."""
    if email is None or email == person.email:
        return None
    return await Person.fetch_one(runtime.database, OF_EMAIL, email=email)


def _switched_off(person: Person) -> dict[str, Any]:
    """Return the changes that deactivate a person who has left or become a guest."""
    return {"active": False, "left_at": datetime.now(UTC)} if person.active else {}


def _switched_on(person: Person) -> dict[str, Any]:
    """Return the changes for a person whose account is back; none if an admin deactivated them."""
    return {"active": True, "left_at": None} if person.left_at else {}


async def _never_seen(runtime: Runtime, user: User) -> Person | None:
    """Return the imported person of a deactivated account who never came to the desk."""
    email = facts_of(user).get("email")
    if not (email and user.get("deleted")):
        return None
    return await Person.fetch_one(runtime.database, _IMPORTED, email=email)


async def _department_field(slack: AsyncWebClient) -> str | None:
    """Return the id of the workspace's custom field for departments; None if it has none."""
    try:
        profile = (await slack.team_profile_get())["profile"]
    except SlackApiError as error:
        log.warning("departments_unknown", error=reason(error))
        return None
    fields = (each for each in profile["fields"] if each["label"].strip().lower() == DEPARTMENT)
    return next((str(each["id"]) for each in fields), None)


async def _department(slack: AsyncWebClient, slack_id: str, field: str) -> dict[str, str]:
    try:
        profile = (await slack.users_profile_get(user=slack_id))["profile"]
    except SlackApiError as error:
        log.warning("department_unknown", slack_user=slack_id, error=reason(error))
        return {}
    value = (profile.get("fields") or {}).get(field) or {}
    return {"department": value["value"]} if value.get("value") else {}
