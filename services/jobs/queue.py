"""The job queue: procrastinate on the desk's Postgres, made to survive restarts of Postgres."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from psycopg import OperationalError

from services.storage.database import CLOCK, WORKER, Transaction, as_worker
from services.storage.statements import pool_of

POLLING = 0.2
"""The maximum seconds between the end of a job and the start of the next one with the same lock."""

STALLED = 6
"""Seconds without a heartbeat after which a worker's jobs are given to other workers. If it is
alive after all, it has lost its claims on turns and can do no harm."""

RECONNECT = 1.0
"""Seconds between attempts to reconnect to the database. The pauses of psycopg's pool would grow
to minutes."""

CONNECTION_TIMEOUT = 5.0
"""The maximum seconds that a query waits for a connection before it fails."""

MAX_ATTEMPTS = 65

_MINE = """
    WITH mine AS MATERIALIZED (SELECT id FROM procrastinate_jobs WHERE id = %(job_id)s
        AND status = 'doing' AND worker_id = %(worker_id)s AND attempts = %(attempts)s FOR UPDATE)
    SELECT {end} FROM mine
"""
_FINISH = _MINE.format(end="procrastinate_finish_job_v1(id, %(status)s, %(delete_job)s)")
_RETRY = _MINE.format(
    end="procrastinate_retry_job_v2(id, %(retry_at)s, %(priority)s, %(queue)s, %(lock)s)"
)


class RetryWithBackoff(BaseRetryStrategy):
    """Retry a failed job after 1, 2, 4 … 60 seconds, for about an hour."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts >= MAX_ATTEMPTS:
            return None
        return RetryDecision(retry_in={"seconds": min(2**job.attempts, 60)})


class _Jobs(JobManager):
    """Finishes or retries a job only for the job run to which it belongs now.

    A stalled job is given to another run; procrastinate itself checks nothing but the job's id.
    """

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        await self._end(_FINISH, job, status=status.value, delete_job=delete_job)

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        when = retry_at or datetime.now(UTC)
        await self._end(_RETRY, job, retry_at=when, priority=priority, queue=queue, lock=lock)

    async def _end(self, query: str, job: Job, **values: Any) -> None:
        whose = {"job_id": job.id, "worker_id": job.worker_id, "attempts": job.attempts}
        await self.connector.execute_query_async(query, **whose, **values)


class _Connector(PsycopgConnector):
    """Waits for an unreachable database where procrastinate's connector would raise.

    If storing the end of a job failed, the job would keep its thread locked while its worker lives,
    and a worker that cannot listen for jobs would stop. Fetching a job still raises: the database
    may have given the worker a job that it never received. The worker has to stop, so that this job
    is rescued with its other jobs.
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
    """Return the procrastinate app, on a connection pool under the worker's role."""
    connector = _Connector(
        pool_factory=pool_of,
        **as_worker(database_url),
        min_size=2,
        max_size=12,
        timeout=CONNECTION_TIMEOUT,
        reconnect_timeout=2 * RECONNECT,
    )
    queue = App(connector=connector)
    queue.job_manager = _Jobs(connector)
    return queue


async def defer(
    queue: App, transaction: Transaction, task: str, *, lock: str | None = None, **arguments: Any
) -> None:
    """Defer a job in the transaction: it exists if that is committed."""
    if transaction.principal not in (WORKER, CLOCK):
        raise RuntimeError("Only services defer jobs.")
    task_on = queue.configure_task(task, lock=lock, connection=transaction.connection)
    await task_on.defer_async(**arguments)
