"""Scheduled jobs: rescue jobs, expire consents, delete old rows, send digests, update people."""

from datetime import timedelta

import structlog
from procrastinate import App as Queue
from procrastinate import JobContext
from sqlalchemy import text

from bot.runtime import Runtime
from bot.slack.listeners import open_cards
from bot.slack.outbox.digest import enqueue_digests
from bot.slack.people.directory import synchronise
from services import metrics, sessions
from services.agent.journal import WAITS_FOR_CONSENT
from services.changes.consents import expire
from services.delivery import outbox
from services.delivery.deliveries import ANSWER, QUESTION, ROUTES
from services.jobs.queue import STALLED, RetryWithBackoff, defer
from services.storage.database import CLOCK

log = structlog.get_logger()

HEARTBEAT = 1.0
"""Seconds between a worker's heartbeats."""

PERIODS = {
    "rescue": timedelta(seconds=2),
    "revive": timedelta(seconds=10),
    "expire_consents": timedelta(minutes=1),
    "enqueue_digests": timedelta(minutes=5),
    "clean_up": timedelta(hours=1),
    "synchronise": timedelta(days=1),
}

_FORGOTTEN = text(f"""
    SELECT thread, kind FROM (
        SELECT thread_key AS thread, kind FROM deliveries
            WHERE state = 'waiting' AND received_at < now() - interval '10 seconds'
        UNION
        SELECT key, '{QUESTION}' FROM turns JOIN threads ON threads.id = thread_id
            WHERE turns.state = 'running' AND key NOT LIKE 'terminal:%'
                AND turns.created_at < now() - interval '10 seconds'
                AND NOT EXISTS ({WAITS_FOR_CONSENT})
    ) found WHERE NOT EXISTS (SELECT FROM procrastinate_jobs
        WHERE lock = thread AND status IN ('todo', 'doing'))
""")

# One statement, where procrastinate lists the jobs and then retries each: several replicas rescue
# at a time, and a job that was rescued and has begun anew would be rescued a second time.
_RESCUE = text("""
    UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = now()
    WHERE status = 'doing' AND (worker_id IS NULL OR worker_id IN
        (SELECT id FROM procrastinate_workers WHERE last_heartbeat < now() - :silence))
    RETURNING id, task_name
""")

RETENTION = timedelta(days=7)
"""How long deliveries and outbox messages that belong to no turn are kept; Slack repeats a delivery
for about an hour. Those of a turn are deleted with its thread, see `transcript_days`."""

_OUTDATED = (
    text(
        "DELETE FROM deliveries WHERE turn_id IS NULL AND state <> 'waiting'"
        " AND received_at < now() - :retention"
    ),
    text(
        "DELETE FROM outbox WHERE turn_id IS NULL AND state <> 'waiting'"
        " AND created_at < now() - :retention"
    ),
    text("DELETE FROM ticks WHERE due < now() - :retention"),
    text("DELETE FROM served_requests WHERE served_at < now() - :retention"),
)
_DELETE_OLD_THREADS = text("SELECT app.delete_old_threads(app.transcript_days(:days))")


def register(queue: Queue) -> None:
    for job in (rescue, revive, expire_consents, enqueue_digests, clean_up):
        queue.task(name=job.__name__, pass_context=True)(job)
    # Retried, because its next tick is a day away.
    queue.task(name=synchronise.__name__, pass_context=True, retry=RetryWithBackoff())(synchronise)


async def rescue(context: JobContext) -> None:
    """Start jobs of dead workers again; each resumes from what it has stored."""
    runtime: Runtime = context.additional_context["runtime"]
    for row in await runtime.database.fetch_all(_RESCUE, silence=timedelta(seconds=STALLED)):
        metrics.RETRIES.labels("rescued job").inc()
        log.warning("job_rescued", job=row["id"], task=row["task_name"])


async def revive(context: JobContext) -> None:
    """Defer a job for each thread and each conversation that has waiting work but no job."""
    runtime: Runtime = context.additional_context["runtime"]
    async with runtime.database.transaction(CLOCK) as transaction:
        for row in await transaction.fetch_all(_FORGOTTEN):
            log.warning("thread_revived", thread=row["thread"], kind=row["kind"])
            task, thread = ROUTES[row["kind"]], row["thread"]
            await defer(runtime.queue, transaction, task, lock=thread, thread=thread)
        for conversation in await outbox.revive(runtime.queue, transaction):
            log.warning("conversation_revived", conversation=conversation)


async def expire_consents(context: JobContext) -> None:
    """Expire old consents and re-queue their turns."""
    runtime: Runtime = context.additional_context["runtime"]
    async with runtime.database.transaction(CLOCK) as transaction:
        for thread in await expire(transaction):
            await defer(runtime.queue, transaction, ANSWER, lock=thread, thread=thread)


async def clean_up(context: JobContext) -> None:
    """Delete what is older than the retention."""
    runtime: Runtime = context.additional_context["runtime"]
    async with runtime.database.transaction(CLOCK) as transaction:
        for statement in _OUTDATED:
            await transaction.execute(statement, retention=RETENTION)
        await sessions.delete_ended(transaction)
        await open_cards.delete_old(transaction)
        await transaction.execute(_DELETE_OLD_THREADS, days=runtime.settings.transcript_days)
