"""Limit the calls that show progress: Slack limits each method per minute for a workspace."""

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
"""Seconds between counts of the processes that share Slack's limits, and of their answers."""

_SHARED = text(
    "SELECT (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - :silence)"
    " AS processes, (SELECT count(*) FROM procrastinate_jobs WHERE task_name = :answer"
    " AND status IN ('todo', 'doing')) AS answers"
)


class Budget:
    """Counts the calls of each method that this process has made in the last minute.

    Every process has an equal share of Slack's limits. One call of `chat.update` is reserved for
    each answer that is being prepared, because an answer replaces its live message. The jobs in the
    queue are counted for that too: a process that takes over from a dead one begins few at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._made: dict[str, deque[float]] = defaultdict(deque)
        self._answers = 0
        self._processes, self._answers_of_all, self._count_at = 1, 0, 0.0

    async def take(self, method: str) -> bool:
        """Count a call that shows progress; return False, uncounted, if the share is used up."""
        now, made = time.monotonic(), self._made[method]
        if now >= self._count_at:
            self._count_at = now + COUNT_EVERY
            await self._count_shared()
        while made and made[0] < now - 60:
            made.popleft()
        most = PER_MINUTE[method] / self._processes
        answers = max(self._answers, self._answers_of_all / self._processes)
        kept = answers if method == UPDATE else 0
        if len(made) >= min(most * SHARE, most - kept):
            return False
        self.count(method)
        return True

    async def _count_shared(self) -> None:
        silence = timedelta(seconds=STALLED)
        [row] = await self._database.fetch_all(_SHARED, silence=silence, answer=ANSWER)
        self._processes, self._answers_of_all = max(1, row["processes"]), row["answers"]

    def count(self, method: str) -> None:
        """Count a call for an answer, which is made even if it exceeds the share."""
        self._made[method].append(time.monotonic())

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Reserve one `chat.update` during the block, for the answer that is being prepared."""
        self._answers += 1
        try:
            yield
        finally:
            self._answers -= 1
