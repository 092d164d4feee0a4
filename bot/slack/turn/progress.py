"""Progress of a long turn: a message with a Stop button, and the wait for an answer or a stop."""

import asyncio
from typing import Any

from sqlalchemy import bindparam, select, text

from bot.runtime import Runtime
from bot.slack.render import blocks
from bot.slack.turn.posting import Posting
from services.agent.transcript import Turn

PATIENCE = 5.0
"""Seconds that a person waits before a turn shows that it is still at work."""
LOOK = 1.0
"""Seconds between looks whether somebody has pressed Stop."""

STOPPED = "Stopped. What was done before stays; nothing more happens."
WORKING = "working"

_STOPPED = select(Turn.stop_asked_at).where(Turn.id == bindparam("turn"))
_SHOWN = text("UPDATE turns SET working_ts = :ts WHERE id = :turn")

Body = dict[str, Any]


class Progress:
    """Stands by while a turn is thought about."""

    def __init__(self, runtime: Runtime, posting: Posting, turn: Turn, *, resumed: bool) -> None:
        self.database, self.posting, self.turn = runtime.database, posting, turn
        self.ts = turn.working_ts
        self._may_have_shown = resumed

    async def until(self, thinking: "asyncio.Task[Turn]") -> bool:
        """Wait for the thought; False: it was given up, since the person has stopped the turn."""
        stopped, wait = self.turn.stop_asked_at is not None, PATIENCE
        try:
            while not stopped:
                done, _ = await asyncio.wait({thinking}, timeout=wait)
                if done:
                    return True
                await self._show()
                stopped, wait = await self._stopped(), LOOK
            return False
        finally:
            thinking.cancel()
            await asyncio.wait({thinking})

    async def _stopped(self) -> bool:
        [row] = await self.database.fetch_all(_STOPPED, turn=self.turn.id)
        return row["stop_asked_at"] is not None

    async def _show(self) -> None:
        if self.posting.alone or await self._found() is not None:
            return
        message = {"text": "Still working on it…", "blocks": blocks.working(self.turn.id)}
        await self._remember(await self.posting.in_thread(WORKING, message) or "")

    async def hide(self) -> None:
        """The answer or a card takes its place."""
        if ts := await self._found():
            await self.posting.delete(ts)
            await self._remember(None)

    async def _remember(self, ts: str | None) -> None:
        self.ts = ts
        await self.database.execute(_SHOWN, turn=self.turn.id, ts=ts)

    async def _found(self) -> str | None:
        """Its message; a process that died may have posted one and not written it down."""
        if self.ts is None and self._may_have_shown:
            posted = await self.posting.posted_since(self.turn.created_at)
            self.ts, self._may_have_shown = posted.get(WORKING), False
        return self.ts
