"""Changes of the workspace, as the browser page and tests wait for them."""

import asyncio

from bot.playground.nouns import Json


class ChangeFeed:
    """Announces changes of the workspace: `wait` ends at the next one, `follow` queues each."""

    def __init__(self) -> None:
        self._next = asyncio.Event()
        self._followers: set[asyncio.Queue[Json | None]] = set()

    def tell(self, change: Json) -> None:
        self._next.set()
        self._next = asyncio.Event()
        for queue in self._followers:
            queue.put_nowait(change)

    async def wait(self) -> None:
        await self._next.wait()

    def follow(self) -> asyncio.Queue[Json | None]:
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._followers.add(queue)
        return queue

    def unfollow(self, queue: asyncio.Queue[Json | None]) -> None:
        self._followers.discard(queue)

    def end(self) -> None:
        for queue in self._followers:
            queue.put_nowait(None)
