"""The message that shows a turn at work, and becomes its answer.

All of it is best effort: the message is not in the outbox, and an answer does not depend on it.
Where Slack allows streams, new text is appended; elsewhere the message is updated less and less
often.
"""

import time
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import text

from bot.budget import UPDATE
from bot.runtime import Runtime
from bot.slack.api.errors import best_effort, may_be_under_way, reason
from bot.slack.outbox.sender import Sender
from bot.slack.render import progress as render
from bot.slack.render.blocks import Block
from bot.slack.render.progress import View
from services.agent.transcript import Turn

log = structlog.get_logger()

STREAM_PACE, UPDATE_PACE = 0.75, 1.0
"""Seconds between two changes of the message, by stream or by update: Slack allows a workspace 100
appends a minute, and 50 updates. The pause between updates doubles each time, up to `SLOWEST`. The
first words of an answer are shown without a pause."""
SLOWEST = 8.0

POSTING = ""
"""What stands for the message's timestamp while Slack has not confirmed that it is posted."""

_REMEMBER = text("UPDATE turns SET working_ts = :ts WHERE id = :turn")


class LiveMessage:
    """The live message of one turn. `resumed`: an earlier run may have posted it."""

    def __init__(self, runtime: Runtime, sender: Sender, turn: Turn, *, resumed: bool) -> None:
        self.runtime, self.sender, self.turn = runtime, sender, turn
        self.ts = turn.working_ts or None
        self.is_new = False
        """True once this run has posted the message."""
        self._slack = _without_retries(runtime.slack)
        self._may_have_posted, self._may_stream = turn.working_ts == POSTING, resumed
        self._tried = self._over = False
        self.was_ended_by_slack = False
        """True if its stream was ended by Slack or with Slack's Stop button."""
        self._streaming = False
        self._shown = View(answer=-1)
        self._pace = UPDATE_PACE
        self._not_before = self._limited_until = 0.0

    def may_show(self, answer: int, *, has_words: bool) -> bool:
        """Return whether the pause since the last change is over.

        `answer`: which of the turn's answers the model writes. `has_words`: some of it is there.
        """
        begins = has_words and (answer != self._shown.answer or not self._shown.text)
        not_before = self._limited_until if begins else self._not_before
        return not self._over and time.monotonic() >= not_before

    async def show(self, view: View) -> None:
        """Post or change the message so that it shows how far the turn has come."""
        if view == self._shown:
            return
        try:
            await self._show(view)
        except SlackApiError as error:
            self._refused(error)
        except Exception as error:
            log.debug("progress_not_shown", error=type(error).__name__)
            if may_be_under_way(error):  # what comes after it must not arrive before it
                self.sender.uncertain_since = datetime.now(UTC)
            self._streaming = False

    async def _show(self, view: View) -> None:
        if self.ts is None and not self._tried:
            self._tried = True
            if await self.posted() is None:
                await self._begin(view)
                return
        if self.ts is None:
            self._over = True
        elif self._streaming:
            await self._append(view)
        else:
            await self._update(view)

    async def _begin(self, view: View) -> None:
        ts = await self._start_stream(view)
        if ts is None and await self._may("chat.postMessage", UPDATE_PACE):
            await self._is_about_to_post()
            body = {"text": render.WORKING, "blocks": render.working(self.turn.id, view)}
            ts = await self.sender.post_in_thread(self._key, body)
            self._shown = view
        if ts:
            self.is_new = True
            await self._remember(ts)

    async def _start_stream(self, view: View) -> str | None:
        """Begin a stream and return its timestamp; None where Slack does not allow streams."""
        if not await self._may("chat.startStream", STREAM_PACE):
            return None
        await self._is_about_to_post()
        place = self.sender.place
        try:
            begun = await self._slack.chat_startStream(
                channel=str(place.channel),
                thread_ts=str(place.thread_ts),
                recipient_team_id=self.runtime.bot.team_id,
                recipient_user_id=place.user,
                task_display_mode="plan",
                chunks=render.first_chunks(self.turn.id, view),
            )
        except SlackApiError as error:
            log.debug("not_streamed", error=reason(error))
            return None
        self._streaming = self._may_stream = True
        self._shown = view
        return str(begun["ts"])

    async def _append(self, view: View) -> None:
        chunks, shown = render.new_chunks(self._shown, view)
        if not chunks:
            self._shown = view
        elif await self._may("chat.appendStream", STREAM_PACE):
            where = {"channel": str(self.sender.place.channel), "ts": str(self.ts)}
            await self._slack.chat_appendStream(**where, chunks=chunks)
            self._shown = shown

    async def _update(self, view: View) -> None:
        if await self._may(UPDATE, self._pace):
            self._pace = min(self._pace * 2, SLOWEST)
            await self.close()
            await self._change(render.WORKING, render.working(self.turn.id, view))
            self._shown = view

    async def _may(self, method: str, pace: float) -> bool:
        """Return whether Slack's limits allow a call; the next has to wait `pace` seconds."""
        self._not_before = time.monotonic() + pace
        return await self.runtime.budget.take(method)

    def _refused(self, error: SlackApiError) -> None:
        log.debug("progress_refused", error=reason(error))
        if reason(error) == "ratelimited":
            wait = float(error.response.headers.get("Retry-After", SLOWEST))
            self._not_before = self._limited_until = time.monotonic() + wait
        elif self._streaming:  # stopped by the person, or ended by Slack after some minutes
            self._streaming = False
        else:
            self._over = True

    # ---- the end

    def leave(self) -> None:
        """Stop changing the message: another run has taken it over."""
        self._over = True

    async def wait_for_approval(self, view: View) -> None:
        """Show that the turn waits for approval; the message stays above the consent card."""
        if await self.posted():
            await self.close()
            await best_effort(self._change, said=render.WAITING, blocks=render.waiting(view.steps))

    async def close(self) -> None:
        """End the stream, if one may be open: Slack refuses to update a message before that."""
        if self.ts and self._may_stream:
            self._streaming = self._may_stream = False
            channel = str(self.sender.place.channel)
            try:
                await self.runtime.slack.chat_stopStream(channel=channel, ts=self.ts)
            except Exception as error:
                log.debug("stream_not_stopped", error=reason(error) or type(error).__name__)
                self.was_ended_by_slack = True

    async def hide(self) -> None:
        """Delete the live message from Slack."""
        if ts := await self.posted():
            await self.close()
            channel = str(self.sender.place.channel)
            await best_effort(self.runtime.slack.chat_delete, channel=channel, ts=ts)
            await self._remember(None)

    async def posted(self) -> str | None:
        """Return the message's timestamp, also if an earlier run died before it could store it."""
        if self.ts is None and self._may_have_posted:
            posted = await self.sender.posted_since(self.turn.created_at)
            self._may_have_posted = False
            if ts := posted.get(self._key):
                await self._remember(ts)
        return self.ts

    async def _change(self, said: str, blocks: list[Block]) -> None:
        where: dict[str, Any] = {"channel": str(self.sender.place.channel), "ts": str(self.ts)}
        await self._slack.chat_update(**where, text=said, blocks=blocks)

    async def _is_about_to_post(self) -> None:
        """Store that the message may be in Slack, in case the request to post it gets no answer."""
        if not self._may_have_posted:
            self._may_have_posted = True
            await self._store(POSTING)

    async def _remember(self, ts: str | None) -> None:
        self.ts = ts
        await self._store(ts)

    async def _store(self, ts: str | None) -> None:
        await self.runtime.database.execute(_REMEMBER, turn=self.turn.id, ts=ts)

    @property
    def _key(self) -> str:
        return f"{render.WORKING_BLOCK}{self.turn.id}"


def _without_retries(slack: AsyncWebClient) -> AsyncWebClient:
    """Return a client that does not wait out rate limits: progress would be outdated by then."""
    return AsyncWebClient(
        token=slack.token, base_url=slack.base_url, session=slack.session, retry_handlers=[]
    )
