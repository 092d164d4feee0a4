"""What people wait for by the second goes first: turns stand back while many messages come in."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

MANY = 8
"""Messages that are being stored at once; at 200 a second it means that one takes 40 ms."""
LONGEST = 5.0
"""Seconds that a turn stands back before each of its transactions, however many come in."""


class Rush:
    def __init__(self) -> None:
        self._storing = 0
        self._over = asyncio.Event()
        self._over.set()

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

    async def over(self) -> None:
        """Wait until only few are being stored."""
        if not self._over.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST):
                    await self._over.wait()
