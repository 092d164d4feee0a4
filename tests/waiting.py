"""Waits with a limit: the same long one for all, so that no test depends on the machine's speed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.playground.workspace import PATIENCE

__all__ = ["PATIENCE", "until", "until_sync"]

T = TypeVar("T")

POLLING = 0.02
"""Seconds between two attempts."""


async def until(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return the first true result of repeated attempts; `TimeoutError` after `PATIENCE`."""
    async with asyncio.timeout(PATIENCE):
        while not (result := await attempt()):  # noqa: ASYNC110 - it asks other processes
            await asyncio.sleep(POLLING)
        return result


def until_sync(attempt: Callable[[], T]) -> T:
    """Do the same as `until` without an event loop."""
    deadline = time.monotonic() + PATIENCE
    while not (result := attempt()):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(POLLING)
    return result
