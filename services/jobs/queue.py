"""The queue: procrastinate on our own Postgres."""

from typing import Any

from procrastinate import App, PsycopgConnector
from sqlalchemy.ext.asyncio import AsyncSession

from services.storage.database import CLOCK, WORKER, login_url

POLLING = 0.2
"""Seconds: a job that waited for another of its thread is found no later than this."""


def make_queue(database_url: str) -> App:
    """The procrastinate app, on a pool of its own under the worker's role."""
    conninfo = login_url(database_url).set(drivername="postgresql").render_as_string(False)
    connector = PsycopgConnector(
        conninfo=conninfo, kwargs={"options": f"-c role={WORKER.role}"}, min_size=2, max_size=12
    )
    return App(connector=connector)


async def defer(
    queue: App, session: AsyncSession, task: str, *, lock: str | None = None, **arguments: Any
) -> None:
    """Write a job down on the session's own connection: it exists if the session commits."""
    if session.info["principal"] not in (WORKER, CLOCK):
        raise RuntimeError("Only services defer jobs.")
    raw = await (await session.connection()).get_raw_connection()
    await queue.configure_task(task, lock=lock, connection=raw.driver_connection).defer_async(
        **arguments
    )
