"""What people wait for by the second goes first: turns stand back while many messages come in."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

FOR_TURNS = 4
"""Transactions of all turns at a time. Few, so that under load most of what a process has to do
next is to acknowledge messages and answer clicks: 128 busy turns would keep them waiting."""
MANY = 8
"""Messages that are being stored at once; at 200 a second it means that one takes 40 ms."""
LONGEST = 0.5
"""Seconds that a transaction of a turn stands back, however many come in."""


class Admission:
    def __init__(self) -> None:
        self._storing = 0
        self._over = asyncio.Event()
        self._over.set()
        self._turns = asyncio.Semaphore(FOR_TURNS)

    @contextmanager
    def storing(self) -> Iterator[None]:
        """While a message is being stored."""
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
        """Begins when few messages are being stored: not for all who wait for that at once."""
        async with self._turns:
            if not self._over.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), LONGEST)
            yield
