"""Steering a turn: a long one shows itself and can be stopped, a failed one can be repeated."""

import asyncio
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from sqlalchemy import bindparam, select, text

from bot.runtime import Runtime
from bot.slack import blocks
from bot.slack.inbox import ANSWER
from bot.slack.posting import Posting
from services.agent.consent import WITHDRAW
from services.agent.transcript import Turn, thread_of
from services.jobs.queue import defer
from services.storage.database import WORKER

PATIENCE = 5.0
"""Seconds that a person waits before a turn shows that it is still at work."""
LOOK = 1.0
"""Seconds between looks whether somebody has pressed Stop."""

STOPPED = "Stopped. What was done before stays; nothing more happens."
WORKING = "working"

_STOPPED = select(Turn.stop_asked_at).where(Turn.id == bindparam("turn"))
_SHOWN = text("UPDATE turns SET working_ts = :ts WHERE id = :turn")

Body = dict[str, Any]


class Watch:
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
        [row] = await self.database.ask(_STOPPED, turn=self.turn.id)
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
        await self.database.ask(_SHOWN, turn=self.turn.id, ts=ts)

    async def _found(self) -> str | None:
        """Its message; a process that died may have posted one and not written it down."""
        if self.ts is None and self._may_have_shown:
            posted = await self.posting.posted_since(self.turn.created_at)
            self.ts, self._may_have_shown = posted.get(WORKING), False
        return self.ts


_STOP = text(
    "UPDATE turns SET stop_asked_at = now() FROM threads, people"
    " WHERE threads.id = thread_id AND threads.key = :thread"
    " AND state = 'running' AND people.id = person_id AND slack_id = :user"
)
_AGAIN = text(
    "INSERT INTO deliveries (key, thread_key, event)"
    " SELECT key || '/again', thread_key, event FROM deliveries"
    " WHERE turn_id = :turn AND event ->> 'user' = :user ORDER BY id"
    " ON CONFLICT DO NOTHING RETURNING thread_key"
)


class Steering:
    """Presses of Stop and of Try again."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_stop(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        turn = int(body["actions"][0]["value"])
        if thread := await thread_of(self.runtime.database, turn):
            await self._stop(thread, body["user"]["id"])

    async def on_session_stopped(self, event: Body) -> None:
        """Slack's own Stop, in conversations with an agent."""
        place = f"{event['channel']}:{event['thread_ts']}"
        await self._stop(f"{self.runtime.bot.team_id}:{place}", event["user"])

    async def _stop(self, thread: str, slack_user: str) -> None:
        """Only one's own turns; where one waits for consent, that is not given."""
        whose = {"thread": thread, "user": slack_user}
        async with self.runtime.database.transaction(WORKER) as transaction:
            await transaction.ask(_STOP, **whose)
            if await transaction.ask(WITHDRAW, **whose):
                await defer(self.runtime.queue, transaction, ANSWER, lock=thread, thread=thread)

    async def on_retry(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """The same words are delivered once more, however often the button is pressed."""
        await ack()
        values = {"turn": int(body["actions"][0]["value"]), "user": body["user"]["id"]}
        async with self.runtime.database.transaction(WORKER) as transaction:
            again = await transaction.first(_AGAIN, **values)
            if again:
                thread = again["thread_key"]
                await defer(self.runtime.queue, transaction, ANSWER, lock=thread, thread=thread)
        if again:
            message = body["message"]
            left = blocks.without_retry(message["blocks"])
            await respond(text=message["text"], blocks=left, replace_original=True)
