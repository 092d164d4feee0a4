"""Keeps the people of the desk as they are at Slack: who came, who left, what they are called."""

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
from bot.slack.people.identity import OF_USER, User, facts_of, is_full_member, join
from services.entities.person import Person
from services.storage.database import AWAY, CLOCK, Transaction

log = structlog.get_logger()

DEPARTMENT = "department"
"""The label of the custom field of profiles that the desk reads, where a workspace has it."""

_IMPORTED = Person.query().where(Person.slack_id.is_(None), Person.email == bindparam("email"))


async def synchronise(context: JobContext) -> None:
    """Go through everybody at Slack; whoever cannot be understood holds up nobody else."""
    runtime: Runtime = context.additional_context["runtime"]
    users = skipped = 0
    field = await _department_field(runtime.slack)
    everybody = items(runtime.slack.users_list, "members", team_id=runtime.bot.team_id)
    async for user in everybody:
        users += 1
        try:
            await _follow(runtime, user, field)
        except AWAY:
            raise
        except Exception as error:
            skipped += 1
            known = user.get("id") if isinstance(user, dict) else None
            log.warning("person_skipped", slack_user=known, error=type(error).__name__)
    log.info("synchronised", users=users, skipped=skipped)


async def _follow(runtime: Runtime, user: User, field: str | None) -> None:
    """Bring one person up to what Slack says; what is as it was is not written."""
    serves = is_full_member(user, runtime.bot.team_id)
    facts = facts_of(user)
    if serves and field:
        facts |= await _department(runtime.slack, user["id"], field)
    async with runtime.database.transaction(CLOCK) as transaction:
        person = await Person.fetch_one(transaction, OF_USER, user=user["id"])
        if person is None and serves and "email" in facts:
            person = await join(transaction, user, runtime.settings)
        if person is None and not serves:
            person = await _never_seen(transaction, user)
        if person is None:
            return
        values = facts | _switched_on(person) if serves else _switched_off(person)
        new = {name: each for name, each in values.items() if each != getattr(person, name)}
        if new:
            await person.change(transaction, **new)


def _switched_off(person: Person) -> dict[str, Any]:
    """Who has left, or has become a guest, can do nothing here any more."""
    return {"active": False, "left_at": datetime.now(UTC)} if person.active else {}


def _switched_on(person: Person) -> dict[str, Any]:
    """Who left with their account comes back with it; whom an admin switched off stays so."""
    return {"active": True, "left_at": None} if person.left_at else {}


async def _never_seen(transaction: Transaction, user: User) -> Person | None:
    """The person of a deactivated account who was imported, and never came to the desk."""
    email = facts_of(user).get("email")
    if not (email and user.get("deleted")):
        return None
    return await Person.fetch_one(transaction, _IMPORTED, email=email)


async def _department_field(slack: AsyncWebClient) -> str | None:
    """The id of the custom field, which each workspace makes for itself, or not at all."""
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
