"""Scheduled upkeep: jobs of dead workers, what is no longer needed, and what the clock brings."""

from datetime import timedelta

import structlog
from procrastinate import App as Queue
from procrastinate import JobContext
from sqlalchemy import text

from bot.runtime import Runtime
from bot.slack.digest import defer_digests, send_digest
from bot.slack.listeners.inbox import ANSWER
from bot.slack.people.directory import synchronise
from services import metrics
from services.agent.consent import expire
from services.jobs.queue import Patience, defer
from services.storage.database import CLOCK

log = structlog.get_logger()

HEARTBEAT = 1.0
"""Seconds between a worker's signs of life."""

STALLED = 6
"""Seconds without a sign of life after which a worker's jobs are given to others; if it lives, its
claims on turns have passed on, and it can do no harm."""

PERIODS = {
    "rescue": timedelta(seconds=2),
    "revive": timedelta(seconds=10),
    "expire_consents": timedelta(minutes=1),
    "defer_digests": timedelta(minutes=5),
    "clean_up": timedelta(hours=1),
    "synchronise": timedelta(days=1),
}

_FORGOTTEN = text("""
    SELECT thread FROM (
        SELECT thread_key AS thread FROM deliveries
            WHERE state = 'waiting' AND received_at < now() - interval '10 seconds'
        UNION
        SELECT key FROM turns JOIN threads ON threads.id = thread_id
            WHERE turns.state = 'running' AND key NOT LIKE 'terminal:%'
                AND turns.created_at < now() - interval '10 seconds' AND NOT EXISTS
                (SELECT FROM consents WHERE turn_id = turns.id AND consents.state = 'asked'
                    AND message_ts IS NOT NULL)
    ) found WHERE NOT EXISTS (SELECT FROM procrastinate_jobs
        WHERE lock = thread AND status IN ('todo', 'doing'))
""")

_STALLED_JOBS = text("""
    UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = now()
    WHERE status = 'doing' AND (worker_id IS NULL OR worker_id IN
        (SELECT id FROM procrastinate_workers WHERE last_heartbeat < now() - :silence))
    RETURNING id, task_name
""")
"""At once, where procrastinate's own way lists jobs and then retries each: several replicas rescue
at a time, and one that has been rescued and begun anew would be given away a second time."""

KEPT = timedelta(days=7)
"""How long deliveries are remembered; Slack delivers again within an hour or so."""

_OUTDATED = (
    text("DELETE FROM deliveries WHERE state <> 'waiting' AND received_at < now() - :kept"),
    text("DELETE FROM ticks WHERE due < now() - :kept"),
)


def register(queue: Queue) -> None:
    for job in (rescue, revive, expire_consents, defer_digests, clean_up):
        queue.task(name=job.__name__, pass_context=True)(job)
    # What a tick does not repeat soon.
    for patient in (synchronise, send_digest):
        queue.task(name=patient.__name__, pass_context=True, retry=Patience())(patient)


async def rescue(context: JobContext) -> None:
    """Jobs whose worker died start again; their transcripts say where they stopped."""
    runtime: Runtime = context.additional_context["runtime"]
    for row in await runtime.database.fetch_all(_STALLED_JOBS, silence=timedelta(seconds=STALLED)):
        metrics.RETRIES.labels("rescued job").inc()
        log.warning("job_rescued", job=row["id"], task=row["task_name"])


async def revive(context: JobContext) -> None:
    """Threads in which something waits or was begun, and that no job looks after any more."""
    runtime: Runtime = context.additional_context["runtime"]
    async with runtime.database.transaction(CLOCK) as transaction:
        for row in await transaction.fetch_all(_FORGOTTEN):
            log.warning("thread_revived", thread=row["thread"])
            await defer(
                runtime.queue, transaction, ANSWER, lock=row["thread"], thread=row["thread"]
            )


async def expire_consents(context: JobContext) -> None:
    """Turns whose card nobody decided go on, and end."""
    runtime: Runtime = context.additional_context["runtime"]
    async with runtime.database.transaction(CLOCK) as transaction:
        for thread in await expire(transaction):
            await defer(runtime.queue, transaction, ANSWER, lock=thread, thread=thread)


async def clean_up(context: JobContext) -> None:
    runtime: Runtime = context.additional_context["runtime"]
    async with runtime.database.transaction(CLOCK) as transaction:
        for statement in _OUTDATED:
            await transaction.execute(statement, kept=KEPT)
