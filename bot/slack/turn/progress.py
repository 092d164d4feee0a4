"""Progress of a long turn: a message with a Stop button, shown until the answer is there.

All of it is best effort: the message is not in the outbox, and an answer does not depend on it.
"""

import asyncio

from sqlalchemy import bindparam, select, text

from bot.runtime import Runtime
from bot.slack.api.errors import best_effort
from bot.slack.outbox.sender import Sender
from bot.slack.render import blocks
from services.agent.transcript import Turn

STATUS_DELAY = 0.3
"""Seconds before a turn shows a status: quicker answers need none."""
STATUS_TIMEOUT = 5.0
"""Seconds that an answer waits at most for its status to be set."""
MESSAGE_DELAY = 5.0
"""Seconds before a turn posts the message with the Stop button."""
STOP_POLLING = 1.0
"""Seconds between looks whether the person has pressed Stop."""

STOPPED = "Stopped. What was done before stays; nothing more happens."

_STOP_ASKED = select(Turn.stop_asked_at).where(Turn.id == bindparam("turn"))
_REMEMBER = text("UPDATE turns SET working_ts = :ts WHERE id = :turn")


class Progress:
    """Shows that a turn is being worked on, and notices when it is stopped."""

    def __init__(self, runtime: Runtime, sender: Sender, turn: Turn, *, resumed: bool) -> None:
        self.runtime, self.sender, self.turn = runtime, sender, turn
        self.ts = turn.working_ts
        self._tried, self._may_have_posted = False, resumed

    async def show_status(self, thinking: "asyncio.Task[Turn]") -> None:
        """Set the thread's status if the turn takes a while. Slack clears it with the answer."""
        done, _ = await asyncio.wait({thinking}, timeout=STATUS_DELAY)
        if not done:
            await best_effort(self._set_status, status="is looking into it…")

    async def clear_status(self) -> None:
        """Take the status back where no answer does so."""
        await best_effort(self._set_status, status="")

    async def _set_status(self, status: str) -> None:
        async with asyncio.timeout(STATUS_TIMEOUT):
            await self.runtime.slack.assistant_threads_setStatus(
                channel_id=str(self.sender.place.channel),
                thread_ts=str(self.sender.place.thread_ts),
                status=status,
            )

    async def wait_or_stop(self, thinking: "asyncio.Task[Turn]") -> bool:
        """Wait for the task; return False if the person stopped the turn, which cancels it."""
        stopped, wait = self.turn.stop_asked_at is not None, MESSAGE_DELAY
        try:
            while not stopped:
                done, _ = await asyncio.wait({thinking}, timeout=wait)
                if done:
                    return True
                await best_effort(self._show)
                stopped, wait = await self._stop_asked(), STOP_POLLING
            return False
        finally:
            thinking.cancel()
            await asyncio.wait({thinking})

    async def _stop_asked(self) -> bool:
        [row] = await self.runtime.database.fetch_all(_STOP_ASKED, turn=self.turn.id)
        return row["stop_asked_at"] is not None

    async def _show(self) -> None:
        """Post the message, once: if that fails, the turn goes on without it."""
        if self._tried or self.sender.place.ephemeral:
            return
        self._tried = True
        if await self._posted() is not None:
            return
        self._may_have_posted = True  # also if the request fails without a clear result
        body = {"text": "Still working on it…", "blocks": blocks.working(self.turn.id)}
        await self._remember(await self.sender.post_in_thread(self._key, body))

    async def hide(self) -> None:
        """Delete the message: the answer or a consent card takes its place."""
        if ts := await self._posted():
            channel = str(self.sender.place.channel)
            await best_effort(self.runtime.slack.chat_delete, channel=channel, ts=ts)
            await self._remember(None)

    async def _remember(self, ts: str | None) -> None:
        self.ts = ts
        await self.runtime.database.execute(_REMEMBER, turn=self.turn.id, ts=ts)

    async def _posted(self) -> str | None:
        """Return the message's timestamp, also if an earlier run died before it could store it."""
        if self.ts is None and self._may_have_posted:
            posted = await self.sender.posted_since(self.turn.created_at)
            self.ts, self._may_have_posted = posted.get(self._key), False
        return self.ts

    @property
    def _key(self) -> str:
        return f"working:{self.turn.id}"
