"""Limit the calls that show progress: Slack limits each method per minute for a workspace."""

import math
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import text

from services.delivery.deliveries import ANSWER
from services.jobs.queue import STALLED
from services.storage.database import Database

UPDATE = "chat.update"
PER_MINUTE = {
    "chat.appendStream": 100,
    "chat.postMessage": 100,
    "chat.startStream": 20,
    UPDATE: 50,
}
SHARE = 0.6
"""The share of Slack's rate limits for calls that show progress. Calls that post answers use the
rest, and are always made."""
COUNT_EVERY = 2.0
"""How many seconds the numbers of processes and of their answers are used before they are counted
again."""

# Answers: those in preparation, and those of the last minute. A turn rarely takes ten minutes.
_SHARED = text(
    "SELECT (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - :silence)"
    " AS processes, (SELECT count(*) FROM procrastinate_jobs WHERE task_name = :answer"
    " AND status IN ('todo', 'doing')) + (SELECT count(*) FROM turns WHERE NOT refused"
    " AND created_at > now() - interval '10 minutes'"
    " AND ended_at > now() - interval '1 minute') AS answers"
)


class Budget:
    """Counts the calls by which this process has shown progress in the last minute, by method.

    Every process has an equal share of Slack's limits. An answer replaces its live message by one
    `chat.update`, so progress may use only what the answers of all processes leave: those of the
    last minute, and those that are being prepared.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._made: dict[str, deque[float]] = defaultdict(deque)
        self._answers = 0
        # Until the first count, all updates are kept for answers.
        self._processes, self._answers_of_all, self._count_at = 1, math.inf, 0.0

    async def take(self, method: str) -> bool:
        """Return whether a call may be made to show progress, and count it then."""
        now, made = time.monotonic(), self._made[method]
        if now >= self._count_at:
            self._count_at = now + COUNT_EVERY
            await self._count_shared()
        while made and made[0] < now - 60:
            made.popleft()
        most = PER_MINUTE[method]
        kept = max(self._answers, self._answers_of_all) if method == UPDATE else 0
        if len(made) >= min(most * SHARE, most - kept) / self._processes:
            return False
        made.append(now)
        return True

    async def _count_shared(self) -> None:
        silence = timedelta(seconds=STALLED)
        [row] = await self._database.fetch_all(_SHARED, silence=silence, answer=ANSWER)
        self._processes, self._answers_of_all = max(1, row["processes"]), row["answers"]

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Reserve one `chat.update` for the answer that the block prepares."""
        self._answers += 1
        try:
            yield
        finally:
            self._answers -= 1
