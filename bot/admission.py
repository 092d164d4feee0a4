"""Admission: transactions of turns wait while many messages are being stored."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

TURN_TRANSACTIONS = 4
"""The maximum number of transactions of turns that run at the same time. It is low, so that turns
don't keep the process from storing messages and answering clicks."""
BUSY = 8
"""Turns wait while at least this number of messages are being stored. At 200 messages a second,
eight at a time mean that storing one takes 40 ms."""
MAX_WAIT = 0.5
"""The maximum seconds that a transaction of a turn waits for the storing of messages."""


class Admission:
    def __init__(self) -> None:
        self._storing = 0
        self._is_calm = asyncio.Event()
        self._is_calm.set()
        self._turns = asyncio.Semaphore(TURN_TRANSACTIONS)

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
        if self._storing < BUSY:
            self._is_calm.set()
        else:
            self._is_calm.clear()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Enter a transaction of a turn; at most `TURN_TRANSACTIONS` run at once.

        While many messages are being stored, it waits for up to `MAX_WAIT` seconds more.
        """
        async with self._turns:
            if not self._is_calm.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._is_calm.wait(), MAX_WAIT)
            yield
