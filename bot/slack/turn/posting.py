"""The messages of a turn, which go out once: where they belong, or else to the person directly."""

from datetime import UTC, datetime

import structlog

from bot.runtime import Runtime
from bot.slack.api.errors import attempt
from bot.slack.api.send_once import Mark, Message, find, post, send_directly, wait_out
from bot.slack.turn.opening import OpenTurn
from services.context import Audience

log = structlog.get_logger()


class Posting:
    """The messages of one turn, each under the name of its part."""

    def __init__(self, runtime: Runtime, opened: OpenTurn) -> None:
        self.slack = runtime.slack
        self.turn, self.thread, self.slack_user = opened.turn, opened.thread, opened.slack_user
        self.preempted_since = datetime.now(UTC) if opened.preempted else None
        """From when on the run before can have sent nothing more."""
        self.alone = opened.turn.audience == Audience.shared or opened.person is None
        """Whether only the person may read what the desk says here."""

    async def once(self, messages: dict[str, Message], begun: datetime | None) -> dict[str, str]:
        """Post the parts that do not stand in Slack yet; `begun` is when that was first tried.

        The timestamp of each; empty where Slack has no place for it.
        """
        posted = await self.posted_since(begun)
        for part, message in messages.items():
            if part not in posted:
                posted[part] = await self._send(part, message, begun)
        return posted

    async def in_thread(self, part: str, message: Message) -> str | None:
        return await post(
            self.slack,
            self._mark(part),
            message,
            channel=self.thread.channel,
            thread_ts=self.thread.thread_ts,
        )

    async def posted_since(self, begun: datetime | None) -> dict[str, str]:
        """The parts that stand in the thread, by their marks; `begun` is when posting began.

        Asked from then on: Slack gives the oldest first, and threads grow long.
        """
        if begun is None:
            return {}
        if self.preempted_since:
            await wait_out(self.preempted_since)
        marks = await find(
            self.slack.conversations_replies,
            begun,
            channel=self.thread.channel,
            ts=self.thread.thread_ts,
        )
        mine = str(self.turn.id)
        return {mark["part"]: ts for ts, mark in marks if mark.get("turn") == mine}

    async def replace(self, ts: str, message: Message) -> None:
        """A courtesy: what was said before stays true without it."""
        if self.alone or not ts:
            return
        try:
            await self.slack.chat_update(channel=self.thread.channel, ts=ts, **message)
        except Exception as error:
            log.debug("message_not_updated", error=type(error).__name__)

    async def delete(self, ts: str) -> None:
        """As much a courtesy."""
        try:
            await self.slack.chat_delete(channel=self.thread.channel, ts=ts)
        except Exception as error:
            log.debug("message_not_deleted", error=type(error).__name__)

    async def _send(self, part: str, message: Message, begun: datetime | None) -> str:
        ts = await (self._alone(message, begun) if self.alone else self.in_thread(part, message))
        ts = ts or await send_directly(
            self.slack, self.slack_user, self._mark(part), message, begun
        )
        if ts is None:
            log.error("message_undeliverable", part=part)
        return ts or ""

    async def _alone(self, message: Message, begun: datetime | None) -> str | None:
        """Shown to the person alone, which cannot be found again: so it is tried once only."""
        if begun:
            return None
        shown = await attempt(
            self.slack.chat_postEphemeral,
            user=self.slack_user,
            channel=self.thread.channel,
            thread_ts=self.thread.thread_ts,
            **message,
        )
        return str(shown["message_ts"]) if shown else None

    def _mark(self, part: str) -> Mark:
        return {"turn": str(self.turn.id), "part": part}
