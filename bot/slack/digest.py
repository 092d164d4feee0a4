"""The morning digest: once a weekday, by each person's own clock and with their own rights."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import structlog
from procrastinate import JobContext
from sqlalchemy import text

from bot.runtime import Runtime
from bot.slack.api.send_once import send_directly, wait_out
from bot.slack.listeners.home import lists_of
from bot.slack.people.identity import actor_for
from bot.slack.render import blocks
from services.context import acting
from services.entities.digest import Digest
from services.entities.person import Person
from services.jobs.queue import defer
from services.storage.database import CLOCK

log = structlog.get_logger()

GREETING = "Good morning! This waits for you at the IT desk."
FOOTER = "Each weekday at 9:00. `/itsm digest off` ends it."
LISTS = {
    "Assigned to you": "tickets_assigned_to_me",
    "Your open tickets": "my_tickets",
    "Untouched for a week": "ageing_tickets",
}

_WANTED = text(
    "SELECT person_id, day, tz FROM digests JOIN people ON people.id = person_id"
    " WHERE active AND slack_id IS NOT NULL FOR UPDATE OF digests"
)
_BEGIN = text("UPDATE digests SET day = :day, posting_at = NULL WHERE person_id = :person")
_POSTING = text(
    "UPDATE digests SET posting_at = clock_timestamp() FROM (SELECT posting_at AS begun"
    " FROM digests WHERE person_id = :person AND day = :day FOR UPDATE) before"
    " WHERE person_id = :person RETURNING begun"
)


async def defer_digests(context: JobContext) -> None:
    """A job for each person whose morning has come: the day is written down with it."""
    runtime: Runtime = context.additional_context["runtime"]
    now = datetime.now(UTC)
    async with runtime.database.transaction(CLOCK) as transaction:
        for row in await transaction.fetch_all(_WANTED):
            person, digest = Person(id=row["person_id"], tz=row["tz"]), Digest(day=row["day"])
            if day := digest.due(now, person.zone):
                given: dict[str, Any] = {"person": person.id, "day": day.isoformat()}
                await transaction.execute(_BEGIN, person=person.id, day=day)
                await defer(runtime.queue, transaction, send_digest.__name__, **given)


async def send_digest(context: JobContext, person: int, day: str) -> None:
    """Send one person's digest of one day, once; nothing where there is nothing to tell."""
    runtime: Runtime = context.additional_context["runtime"]
    reader = await Person.get(runtime.database, person)
    lists = await _lists(runtime, reader)
    if not reader.active or not any(total for _, _, total in lists):
        return
    async with runtime.database.transaction(CLOCK) as transaction:
        posting = await transaction.fetch_one(_POSTING, person=person, day=date.fromisoformat(day))
    if posting is None:
        return
    begun = posting["begun"]
    if begun:
        await wait_out(begun)
    message = {"text": GREETING, "blocks": blocks.digest(GREETING, lists, FOOTER)}
    await send_directly(runtime.slack, str(reader.slack_id), {"digest": day}, message, begun)
    log.info("digest_sent", person=person, day=day)


async def _lists(runtime: Runtime, reader: Person) -> Sequence[blocks.List]:
    async with acting(runtime.database, actor_for(reader)) as ctx:
        return await lists_of(ctx, LISTS)
