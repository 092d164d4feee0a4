"""Messages that go out once: after an unclear result they are looked for, not posted again."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.runtime import Runtime
from bot.slack.waiting import OpenTurn
from services.context import Audience

log = structlog.get_logger()

METADATA = "deskhand_answer"
CLOCKS_APART = 60.0
"""Seconds by which the database's clock may differ from Slack's."""

UNDER_WAY = 15.0
"""Seconds that a request of a run that seemed to be dead may still take to reach Slack."""

UNREACHABLE = {
    "channel_not_found",
    "is_archived",
    "not_in_channel",
    "message_not_found",
    "thread_not_found",
    "cannot_reply_to_message",
    "restricted_action",
    "user_not_in_channel",
}
"""What Slack says when a conversation is gone for good: the message goes to the person instead."""


class Posting:
    """The messages of one turn, each under the name of its part."""

    def __init__(self, runtime: Runtime, opened: OpenTurn) -> None:
        self.slack = runtime.slack
        self.turn, self.thread, self.slack_user = opened.turn, opened.thread, opened.slack_user
        self.torn = opened.torn
        self.alone = opened.turn.audience == Audience.shared or opened.person is None
        """Whether only the person may read what the desk says here."""

    async def send(self, part: str, message: dict[str, Any]) -> str:
        """Post a part, and return its timestamp; empty where Slack has no place for it."""
        where = {"channel": self.thread.channel, "thread_ts": self.thread.thread_ts}
        if self.alone:
            alone = await self._try(
                self.slack.chat_postEphemeral, user=self.slack_user, **where, **message
            )
            return str(alone["message_ts"]) if alone else await self._send_directly(message)
        sent = await self._try(
            self.slack.chat_postMessage,
            **where,
            **message,
            metadata=self._mark(part),
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(sent["ts"]) if sent else await self._send_directly(message)

    async def posted_since(self, begun: datetime | None) -> dict[str, str]:
        """The parts that stand in the thread, by their marks; `begun` is when posting began.

        Asked from then on: Slack gives the oldest first, and threads grow long.
        """
        if begun is None:
            return {}
        if self.torn:
            under_way = UNDER_WAY - (datetime.now(UTC) - begun).total_seconds()
            await asyncio.sleep(max(0.0, under_way))
        try:
            answer = await self.slack.conversations_replies(
                channel=self.thread.channel,
                ts=self.thread.thread_ts,
                oldest=f"{begun.timestamp() - CLOCKS_APART:.6f}",
                limit=200,
                include_all_metadata=True,
            )
        except SlackApiError as error:
            if error.response["error"] not in UNREACHABLE:
                raise
            return {}
        marks = [
            (each["ts"], (each.get("metadata") or {}).get("event_payload") or {})
            for each in answer["messages"]
        ]
        mine = str(self.turn.id)
        return {str(mark["part"]): ts for ts, mark in marks if mark.get("turn") == mine}

    async def replace(self, ts: str, message: dict[str, Any]) -> None:
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

    async def _try(self, method: Any, **arguments: Any) -> Any:
        """None where the conversation is gone for good; what may pass raises, and is retried."""
        try:
            return await method(**arguments)
        except SlackApiError as error:
            if error.response["error"] not in UNREACHABLE:
                raise
            log.warning("conversation_gone", error=error.response["error"])
            return None

    async def _send_directly(self, message: dict[str, Any]) -> str:
        sent = await self._try(
            self.slack.chat_postMessage,
            channel=self.slack_user,
            **message,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(sent["ts"]) if sent else ""

    def _mark(self, part: str) -> dict[str, Any]:
        payload = {"turn": str(self.turn.id), "part": part}
        return {"event_type": METADATA, "event_payload": payload}
