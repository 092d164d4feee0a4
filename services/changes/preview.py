"""Try a change, roll it back and show it to the person; make it only as it was shown."""

import html
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

import orjson
import structlog
from sqlalchemy import text

from services.changes.consents import Change, Consent, Stale, Versions
from services.changes.disclosure import Source, describe_readers
from services.changes.events import Event, events_of_transaction
from services.changes.receipts import consent_lines_of
from services.context import Context
from services.entities.registry import ENTITY_TYPES
from services.errors import DeskError
from services.storage.statements import Row

log = structlog.get_logger()

MAX_SHOWN = 8_000
"""The maximum size in bytes of all lines of a consent card, escaped for Slack, so that they fit
into one message."""

TOO_LONG = (
    "That is too long to show you before it is done, so nothing was changed. Please make the change"
    " in smaller parts."
)
NO_LINE = (
    "I can't show you what this would change, so nothing was changed. Please tell an admin: the log"
    " has the details."
)

Returned = TypeVar("Returned")


class ConsentNeeded(Exception):  # noqa: N818
    """A call has been tried and rolled back; it waits for the person's consent.

    Raises `DeskError` if a change has no line to show, or the lines are too long.
    """

    def __init__(self, changes: list[Change], versions: Versions, readers: str) -> None:
        lines = [change["line"] for change in changes]
        if not lines or not all(lines):
            log.error("consent_without_line", tables=[each["table_name"] for each in changes])
            raise DeskError(NO_LINE)
        if len(orjson.dumps(html.escape("\n".join([*lines, readers])))) > MAX_SHOWN:
            raise DeskError(TOO_LONG)
        self.changes, self.versions, self.readers = changes, versions, readers


async def preview(
    ctx: Context, run: Callable[[], Awaitable[object]], source: Source
) -> ConsentNeeded:
    """Run a change, roll it back, and return what it would do."""
    await run()
    events = await events_of_transaction(ctx)
    return await _roll_back(ctx, events, await describe_readers(ctx, events, source))


async def perform_unless_disclosing(
    ctx: Context, run: Callable[[], Awaitable[Returned]], source: Source
) -> Returned:
    """Run a change; if a reader of its texts may not see their sources, raise `ConsentNeeded`."""
    result = await run()
    events = await events_of_transaction(ctx)
    if readers := await describe_readers(ctx, events, source):
        raise await _roll_back(ctx, events, readers)
    return result


async def _roll_back(ctx: Context, events: Sequence[Event], readers: str) -> ConsentNeeded:
    lines = await consent_lines_of(ctx, events)
    await ctx.transaction.restart()
    described = zip(comparable(events), lines, strict=True)
    changes = [change | {"line": line} for change, line in described]
    return ConsentNeeded(changes, await _versions(ctx, _existing(events)), readers)


async def perform(
    ctx: Context, run: Callable[[], Awaitable[Returned]], consent: Consent, source: Source
) -> Returned:
    """Run a change that the person has approved.

    Raises `Stale` if the change, or the list of its readers, differs from what was shown.
    """
    if await _versions(ctx, consent.versions) != consent.versions:
        raise Stale
    result = await run()
    shown = [
        {name: change[name] for name in change if name != "line"} for change in consent.changes
    ]
    events = await events_of_transaction(ctx)
    if comparable(events) != shown:
        raise Stale
    if await describe_readers(ctx, events, source) != consent.readers:
        raise Stale
    return result


def comparable(events: Sequence[Event]) -> list[Change]:
    """Return the events without what differs between two runs: times, and ids of new records."""
    added = [event.record for event in events if _adds(event)]
    new = {key: f"new {position}" for position, key in enumerate(added)}

    def values(event: Event, row: Row | None) -> Row:
        targets = event.targets
        return {
            name: new.get(f"{targets[name].prefix}-{value}", value) if name in targets else value
            for name, value in (row or {}).items()
            if name not in event.derived
        }

    return [
        {
            "verb": event.verb,
            "table_name": event.table_name,
            "record": new.get(event.record, event.record),
            "subject": new.get(event.subject, event.subject),
            "before": values(event, event.before),
            "after": values(event, event.after),
        }
        for event in events
    ]


def _adds(event: Event) -> bool:
    return event.verb == "INSERT" and event.entity_type is not None


def _existing(events: Sequence[Event]) -> list[str]:
    """Return the ids of the changed records that existed before."""
    added = {event.record for event in events if _adds(event)}
    return sorted({event.record for event in events if event.subject_type} - added)


async def _versions(ctx: Context, keys: Iterable[str]) -> Versions:
    """Return the version of each record: its xmin, which Postgres renews with every change."""
    found: Versions = {}
    for key in keys:
        prefix, _, number = key.partition("-")
        table = ENTITY_TYPES[prefix].__tablename__
        query = text(f"SELECT xmin::text AS version FROM {table} WHERE id = :number")  # noqa: S608
        row = await ctx.fetch_one(query, number=int(number))
        found[key] = row["version"] if row else "gone"
    return found
