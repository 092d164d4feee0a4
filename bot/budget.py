"""Limit the calls that show progress: Slack limits each method per minute for a workspace."""

import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import text

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
COUNT_EVERY = 10.0
"""Seconds between counts of the processes that share Slack's limits."""

_PROCESSES = text(
    "SELECT count(*) AS of FROM procrastinate_workers WHERE last_heartbeat > now() - :silence"
)


class Budget:
    """Counts the calls of each method that this process has made in the last minute.

    Every process has an equal share of Slack's limits. One call of `chat.update` is reserved for
    each answer that is being prepared, because an answer replaces its live message.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._made: dict[str, deque[float]] = defaultdict(deque)
        self._answers = 0
        self._processes, self._count_at = 1, 0.0

    async def take(self, method: str) -> bool:
        """Count a call that shows progress; return False, uncounted, if the share is used up."""
        now, made = time.monotonic(), self._made[method]
        if now >= self._count_at:
            self._count_at = now + COUNT_EVERY
            silence = timedelta(seconds=STALLED)
            [row] = await self._database.fetch_all(_PROCESSES, silence=silence)
            self._processes = max(1, row["of"])
        while made and made[0] < now - 60:
            made.popleft()
        most = PER_MINUTE[method] / self._processes
        kept = self._answers if method == UPDATE else 0
        if len(made) >= min(most * SHARE, most - kept):
            return False
        self.count(method)
        return True

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
