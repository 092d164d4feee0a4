"""The clock: at each tick, one of the replicas defers the scheduled job."""

from collections.abc import Mapping
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from procrastinate import App
from sqlalchemy import text

from services.jobs.queue import defer
from services.storage.database import CLOCK, Database

LONGEST_INTERVAL = timedelta(minutes=1)
"""The longest time between ticks, so that a period missed in a pause is soon made up for."""

_CLAIM = text(
    "INSERT INTO ticks (name, due) VALUES (:name, date_bin(:period, now(), 'epoch'))"
    " ON CONFLICT DO NOTHING RETURNING name"
)


def start_clock(
    queue: App, database: Database, periods: Mapping[str, timedelta]
) -> AsyncIOScheduler:
    """Defer each named job once in each of its periods, on whichever replica ticks first."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    for name, period in periods.items():
        scheduler.add_job(
            tick,
            "interval",
            (queue, database, name, period),
            seconds=min(period, LONGEST_INTERVAL).total_seconds(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            id=name,
        )
    scheduler.start()
    return scheduler


async def tick(queue: App, database: Database, name: str, period: timedelta) -> bool:
    """Claim the current period of a job and defer it; False if it was claimed before."""
    async with database.transaction(CLOCK) as transaction:
        claimed = bool(await transaction.fetch_all(_CLAIM, name=name, period=period))
        if claimed:
            await defer(queue, transaction, name)
    return claimed
