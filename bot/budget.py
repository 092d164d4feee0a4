"""Limit the calls that show progress: Slack limits each method per minute for a workspace."""

import time
from collections import defaultdict, deque

PER_MINUTE = {
    "chat.appendStream": 100,
    "chat.postMessage": 100,
    "chat.startStream": 20,
    "chat.update": 50,
}
SHARE = 0.6
"""The part of Slack's limits that progress may use; answers need the rest, and are always sent."""


class Budget:
    """Counts the calls of each method that this process has made in the last minute."""

    def __init__(self) -> None:
        self._made: dict[str, deque[float]] = defaultdict(deque)

    def take(self, method: str) -> bool:
        """Count a call and return True, or return False if it would exceed the method's share."""
        now, made = time.monotonic(), self._made[method]
        while made and made[0] < now - 60:
            made.popleft()
        if len(made) >= PER_MINUTE[method] * SHARE:
            return False
        made.append(now)
        return True
