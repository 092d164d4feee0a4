"""The morning digest: once a weekday, by each person's own clock and with their own rights."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from procrastinate import JobContext
from sqlalchemy import text

from bot.runtime import Runtime
from bot.slack.api.send_once import Body
from bot.slack.listeners.lists import lists_of
from bot.slack.people.identity import actor_for
from bot.slack.render import blocks
from services.context import acting
from services.delivery.outbox import enqueue
from services.entities.digest import Digest
from services.entities.person import Person, zone_of
from services.storage.database import CLOCK
from services.tools.lists import AGEING, ASSIGNED_TO_YOU, YOUR_TICKETS

GREETING = "Good morning! Here are your tickets at the IT desk."
FOOTER = "Each weekday at 9:00. `/itsm digest off` ends it."
LISTS = {
    "Assigned to you": ASSIGNED_TO_YOU,
    "Your open tickets": YOUR_TICKETS,
    "Untouched for a week": AGEING,
}

_SUBSCRIBED = text(
    "SELECT person_id, slack_id, day, tz FROM digests JOIN people ON people.id = person_id"
    " WHERE active AND slack_id IS NOT NULL FOR UPDATE OF digests"
)
_BEGIN_DAY = text("UPDATE digests SET day = :day WHERE person_id = :person")
_STILL_WANTED = text("SELECT 1 AS wanted FROM digests WHERE person_id = :person AND day = :day")


async def enqueue_digests(context: JobContext) -> None:
    """Put a digest into the outbox for everyone whose morning has begun.

    The day is recorded in the same transaction, so nobody gets two digests for one day.
    """
    runtime: Runtime = context.additional_context["runtime"]
    now = datetime.now(UTC)
    async with runtime.database.transaction(CLOCK) as transaction:
        for row in await transaction.fetch_all(_SUBSCRIBED):
            person_id = row["person_id"]
            subscription = Digest(person_id=person_id, day=row["day"])
            if day := subscription.due(now, zone_of(row["tz"])):
                await transaction.execute(_BEGIN_DAY, person=person_id, day=day)
                await enqueue(
                    runtime.queue,
                    transaction,
                    f"digest:{person_id}:{day}",
                    "digest",
                    {"person": person_id, "day": day.isoformat()},
                    user=row["slack_id"],
                )


async def digest_body(runtime: Runtime, payload: dict[str, Any]) -> Body | None:
    """Render a digest; None if it is empty, or the person has left or switched it off."""
    person = await Person.get(runtime.database, payload["person"])
    day = date.fromisoformat(payload["day"])
    wanted = await runtime.database.fetch_all(_STILL_WANTED, person=person.id, day=day)
    if not person.active or not wanted:
        return None
    lists = await _lists(runtime, person)
    if not any(each.total for each in lists):
        return None
    return {"text": GREETING, "blocks": blocks.digest(GREETING, lists, FOOTER)}


async def _lists(runtime: Runtime, reader: Person) -> Sequence[blocks.List]:
    async with acting(runtime.database, actor_for(reader)) as ctx:
        return await lists_of(ctx, LISTS)
