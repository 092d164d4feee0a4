"""Progress of a turn: shows a status, then a live message, and notices when the person stops it."""

import asyncio
import time

from sqlalchemy import bindparam, select, text

from bot.runtime import Runtime
from bot.slack.api.errors import best_effort
from bot.slack.outbox.sender import Sender
from bot.slack.render.progress import View
from bot.slack.turn.live_message import LiveMessage
from bot.slack.turn.session import end_session
from services.agent.grounding import grounded_text, sources
from services.agent.preview import settled
from services.agent.summaries import summaries_of
from services.agent.transcript import Message, Turn

STATUS_DELAY = 0.3
"""Seconds before a turn shows a status: quicker answers need none."""
STATUS_TIMEOUT = 5.0
"""The maximum seconds that an answer waits for Slack to set the status shown before it."""
MESSAGE_DELAY = 0.8
"""Seconds before a turn shows its live message, unless its model begins to write earlier."""
TICK = 0.2
"""Seconds between checks whether there is something new to show."""
FIRST_WORDS_DELAY = 0.1
"""Seconds before the first words of an answer are shown, unless the answer is whole by then."""
STOP_POLLING = 1.0
"""Seconds between checks whether the person has pressed Stop."""


_STATE = select(Turn.stop_asked_at, Turn.claim).where(Turn.id == bindparam("turn"))
_LATEST_CARD = text(
    "SELECT max(ts) AS ts FROM outbox WHERE turn_id = :turn AND kind = 'consent' AND state = 'sent'"
)


class Progress:
    """Shows that a turn is being worked on, and notices when it is stopped.

    `messages` is its transcript, to which the run adds the steps that it takes.
    """

    def __init__(
        self,
        runtime: Runtime,
        sender: Sender,
        turn: Turn,
        messages: list[Message],
        *,
        resumed: bool,
    ) -> None:
        self.runtime, self.sender, self.turn, self.messages = runtime, sender, turn, messages
        self.live = LiveMessage(runtime, sender, turn, resumed=resumed)
        self._setting_status, self._has_status = False, resumed
        self._heard, self._answer = "", 0
        self._first_words, self._has_words = asyncio.Event(), False
        self._known = (0, "")

    async def show_status(self, thinking: "asyncio.Task[Turn]") -> None:
        """Set the thread's status if the turn takes a while. Slack clears it with a new message."""
        done, _ = await asyncio.wait({thinking}, timeout=STATUS_DELAY)
        if not done and not self.live.ts:
            self._setting_status = True  # the message comes after the status, which it clears
            await best_effort(self._set_status, status="is looking into it…")
            self._setting_status, self._has_status = False, True

    async def clear_status(self) -> None:
        """Clear the status if no new message or end of a stream has done so."""
        if self._has_status:
            await best_effort(self._set_status, status="")
        if self.live.was_ended_by_slack:
            place = self.sender.place
            await end_session(self.runtime, str(place.channel), str(place.thread_ts))

    async def _set_status(self, status: str) -> None:
        async with asyncio.timeout(STATUS_TIMEOUT):
            await self.runtime.slack.assistant_threads_setStatus(
                channel_id=str(self.sender.place.channel),
                thread_ts=str(self.sender.place.thread_ts),
                status=status,
            )

    def hear(self, words: str) -> None:
        """Receive the text of the model's answer so far."""
        if not words.startswith(self._heard):
            self._answer += 1
            self._has_words = False
        self._heard = words
        if not self._has_words and settled(words):
            self._has_words = True
            self._first_words.set()

    async def wait_or_stop(self, thinking: "asyncio.Task[Turn]") -> bool:
        """Wait for the task; return False if the person stopped the turn, which cancels it."""
        begun = looked = time.monotonic()
        stopped = self.turn.stop_asked_at is not None
        try:
            while not stopped:
                await self._wait_for_news(thinking)
                if thinking.done():
                    return True
                now = time.monotonic()
                if now - looked >= STOP_POLLING:
                    stopped, looked = await self._stop_asked(), now
                await self._show(early=now - begun < MESSAGE_DELAY)
            return False
        finally:
            thinking.cancel()
            await asyncio.wait({thinking})

    async def _wait_for_news(self, thinking: "asyncio.Task[Turn]") -> None:
        """Wait until the task is done, an answer begins, or a tick has passed."""
        begins = asyncio.create_task(self._first_words.wait())
        awaited = {thinking, begins}
        try:
            done, _ = await asyncio.wait(awaited, timeout=TICK, return_when=asyncio.FIRST_COMPLETED)
        finally:
            begins.cancel()
        if begins in done:
            self._first_words.clear()
            await asyncio.wait({thinking}, timeout=FIRST_WORDS_DELAY)

    async def _stop_asked(self) -> bool:
        """Return whether the person stopped the turn.

        If another run has claimed the turn, leave its live message to that run.
        """
        [row] = await self.runtime.database.fetch_all(_STATE, turn=self.turn.id)
        if row["claim"] != self.turn.claim:
            self.live.leave()
        return row["stop_asked_at"] is not None

    async def _show(self, *, early: bool) -> None:
        if self._setting_status or self.sender.place.ephemeral:  # Slack updates no ephemeral ones
            return
        if not self.live.may_show(self._answer, has_words=self._has_words):
            return
        view, before = self._view(), self.live.is_new
        if view.text or not early:
            await self.live.show(view)
            self._has_status &= self.live.is_new == before

    def _view(self) -> View:
        if self._known[0] != len(self.messages):
            self._known = len(self.messages), sources(self.messages)
        words = settled(self._heard)
        own = self.runtime.settings.web_url
        shown = grounded_text(words, self._known[1], own) if words else ""
        return View(tuple(summaries_of(self.messages)), shown, self._answer)

    async def go_on_below_cards(self) -> None:
        """Delete the live message if it is above a consent card, so that a new one is below it."""
        if self.live.ts:
            row = await self.runtime.database.fetch_one(_LATEST_CARD, turn=self.turn.id)
            if row and row["ts"] and float(row["ts"]) > float(self.live.ts):
                await self.live.hide()

    async def wait_for_approval(self) -> None:
        """Show in the live message, if there is one, that the turn waits for the person."""
        await self.live.wait_for_approval(self._view())
