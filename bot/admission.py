"""Admission: transactions of turns wait while many messages are being stored."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

FOR_TURNS = 4
"""The most transactions of turns that run at a time. Few, because a process would otherwise be busy
with turns while messages and clicks wait."""
MANY = 8
"""Turns wait while so many messages are being stored at a time. At 200 messages a second, eight at
a time mean that storing one takes 40 ms."""
LONGEST = 0.5
"""The most seconds that a transaction of a turn waits."""


class Admission:
    def __init__(self) -> None:
        self._storing = 0
        self._over = asyncio.Event()
        self._over.set()
        self._turns = asyncio.Semaphore(FOR_TURNS)

    @contextmanager
    def storing(self) -> Iterator[None]:
        """Count a message as being stored during the block."""
        self._count(+1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        self._storing += change
        if self._storing < MANY:
            self._over.set()
        else:
            self._over.clear()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a free place, and while many messages are being stored."""
        async with self._turns:
            if not self._over.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), LONGEST)
            yield
