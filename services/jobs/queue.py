"""The queue: procrastinate on our own Postgres, through restarts of the database."""

import asyncio
from collections.abc import Iterable
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from services.storage.database import CLOCK, WORKER, login_url

POLLING = 0.2
"""Seconds: a job that waited for another of its thread is found no later than this."""

RECONNECT = 1.0
"""Seconds between attempts while the database is away; the pool's own grow to minutes."""


class _Connector(PsycopgConnector):
    """Waits for a database that is away, where procrastinate's own gives up.

    A job whose end is not written down would keep its thread locked for as long as its worker
    lives, and a worker that cannot listen stops. Fetching still fails: the job may be fetched and
    its row lost, so the worker has to end and leave its jobs to be rescued.
    """

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        while True:
            try:
                await super().execute_query_async(query, **arguments)
            except ConnectorException as error:
                if not isinstance(error.__cause__, OperationalError):
                    raise
                await asyncio.sleep(RECONNECT)
            else:
                return

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        while True:
            try:
                await super().listen_notify(on_notification, channels)
            except ConnectorException:
                await asyncio.sleep(RECONNECT)


def make_queue(database_url: str) -> App:
    """The procrastinate app, on a pool of its own under the worker's role."""
    conninfo = login_url(database_url).set(drivername="postgresql").render_as_string(False)
    connector = _Connector(
        conninfo=conninfo,
        kwargs={"options": f"-c role={WORKER.role}"},
        min_size=2,
        max_size=12,
        timeout=5 * RECONNECT,
        reconnect_timeout=2 * RECONNECT,
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
