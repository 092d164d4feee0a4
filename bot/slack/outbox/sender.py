"""Sends messages of the outbox, each once, and records whether Slack accepted them."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.errors import GONE, attempt, may_pass, reason
from bot.slack.api.send_once import Body, find, post, update, wait_out
from bot.slack.render.blocks import Block
from bot.slack.render.progress import without_newer
from bot.slack.render.text import mrkdwn
from services.delivery.outbox import MAX_ATTEMPTS, OutboxMessage

log = structlog.get_logger()

Post = Callable[[OutboxMessage, Body], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where messages go: a thread, the user alone in that thread, or a direct message."""

    user: str
    channel: str | None
    thread_ts: str | None
    ephemeral: bool = False
    is_active: bool = True
    """Whether the thread has replies: Slack shows ephemeral messages in no other thread."""


class Sender:
    """Sends messages to one place, and directly to the user where that place is gone.

    `uncertain_since`: when an earlier request without an answer was sent. It may still reach Slack,
    so the sender first waits until it no longer can.
    `around_wait`: a context manager that is entered for that wait.
    `attempts`: how many attempts have failed before this one.
    """

    def __init__(
        self,
        slack: AsyncWebClient,
        place: Place,
        uncertain_since: datetime | None = None,
        around_wait: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
        attempts: int = 0,
    ) -> None:
        self.slack, self.place, self._attempts = slack, place, attempts
        self.uncertain_since, self._around_wait = uncertain_since, around_wait
        self.live_messages: dict[str, str] = {}
        """The timestamps of live messages, by the keys of the outbox messages that replace them."""

    async def send(
        self,
        messages: Sequence[tuple[OutboxMessage, Body]],
        *,
        needs_blocks: bool = False,
        replaceable: bool = False,
    ) -> None:
        """Send what Slack does not have yet, and set each message's state, ts and error.

        Where Slack refuses the blocks, the text goes out alone, unless the message `needs_blocks`.
        Raises if Slack cannot be reached: then nothing is known of the messages that are still
        waiting, and another attempt looks for them before it posts. A permanent error is raised too
        if Slack accepts no form of a message, unless an apology is to replace it (`replaceable`).
        """
        repeated = [message.created_at for message, _ in messages if message.attempts > 1]
        found = await self.posted_since(min(repeated)) if repeated else {}
        for message, body in messages:
            if ts := found.get(message.key):
                _mark_sent(message, ts)
            elif message.attempts > MAX_ATTEMPTS:
                give_up(message, f"no success in {MAX_ATTEMPTS} attempts")
            else:
                bodies = [body, *_simpler(body, plain=not needs_blocks)]
                refused = await self._send(message, bodies)
                if refused and may_pass(refused) and not replaceable:
                    raise refused
                if refused:
                    give_up(message, reason(refused) or "refused")

    async def posted_since(self, since: datetime) -> dict[str, str]:
        """Return the timestamps of the desk's messages in the thread, by their keys."""
        await self._wait_for_earlier_request()
        if self.place.channel is None:
            return await self._direct_since(since)
        return await find(
            self.slack.conversations_replies,
            self._attempts,
            since,
            channel=self.place.channel,
            ts=self.place.thread_ts,
        )

    async def _wait_for_earlier_request(self) -> None:
        """Wait until a request whose response was lost can no longer reach Slack after this one."""
        if self.uncertain_since:
            async with self._around_wait():
                await wait_out(self.uncertain_since)
            self.uncertain_since = None

    async def _direct_since(self, since: datetime) -> dict[str, str]:
        opened = await attempt(self.slack.conversations_open, self._attempts, users=self.place.user)
        if not opened:
            return {}
        channel = opened["channel"]["id"]
        return await find(self.slack.conversations_history, self._attempts, since, channel=channel)

    async def _send(self, message: OutboxMessage, bodies: Sequence[Body]) -> SlackApiError | None:
        """Try each place, and there each form of the message, until Slack accepts one.

        Returns Slack's last refusal if it accepts none.
        """
        refused: SlackApiError | None = None
        for way in self._ways(message):
            for body in bodies:
                if refused and may_pass(refused) and await self._arrived(message):
                    return None
                refused = await self._try(way, message, body)
                if refused is None:
                    return None
                log.warning("message_refused", key=message.key, error=reason(refused))
                if reason(refused) in GONE:
                    break
            if way != self._replace_live_message and not (refused and _may_be_the_place(refused)):
                break
        return refused

    async def _try(self, way: Post, message: OutboxMessage, body: Body) -> SlackApiError | None:
        """Send the message by the method `way`; return the error if Slack refuses for good."""
        try:
            _mark_sent(message, await way(message, body))
        except SlackApiError as error:
            if may_pass(error, self._attempts):
                raise
            return error
        return None

    async def _arrived(self, message: OutboxMessage) -> bool:
        """Return whether Slack posted the message in spite of its error; if so, mark it as sent."""
        found = await self.posted_since(message.created_at)
        if ts := found.get(message.key):
            _mark_sent(message, ts)
        return bool(ts)

    def _ways(self, message: OutboxMessage) -> Sequence[Post]:
        if self.place.channel is None:
            return [self._directly]
        if message.key in self.live_messages:
            return [self._replace_live_message, self._in_thread, self._directly]
        if not self.place.ephemeral:
            return [self._in_thread, self._directly]
        # Ephemeral messages cannot be found again, so one whose fate is unclear goes directly.
        return [self._directly] if message.attempts > 1 else [self._ephemerally, self._directly]

    async def _in_thread(self, message: OutboxMessage, body: Body) -> str:
        return await self.post_in_thread(message.key, body)

    async def _replace_live_message(self, message: OutboxMessage, body: Body) -> str:
        """Turn the live message, which showed progress, into this one; may be done again."""
        await self._wait_for_earlier_request()
        where = {"channel": self.place.channel, "ts": self.live_messages[message.key]}
        return await update(self.slack, message.key, body, **where)

    async def post_in_thread(self, key: str, body: Body) -> str:
        where = {"channel": self.place.channel, "thread_ts": self.place.thread_ts}
        return await post(self.slack, key, body, **where)

    async def _ephemerally(self, _: OutboxMessage, body: Body) -> str:
        shown = await self.slack.chat_postEphemeral(
            user=self.place.user,
            channel=str(self.place.channel),
            thread_ts=self.place.thread_ts if self.place.is_active else None,
            **body,
        )
        return str(shown["message_ts"])

    async def _directly(self, message: OutboxMessage, body: Body) -> str:
        if self.place.channel and message.attempts > 1:
            sent_before = await self._direct_since(message.created_at)
            if ts := sent_before.get(message.key):
                return ts
        return await post(self.slack, message.key, body, channel=self.place.user)


def _mark_sent(message: OutboxMessage, ts: str) -> None:
    message.state, message.ts, message.error = "sent", ts, None


def _may_be_the_place(refused: SlackApiError) -> bool:
    """Return whether Slack may accept the message at another place."""
    return reason(refused) in GONE or may_pass(refused)


def _simpler(body: Body, *, plain: bool) -> Iterator[Body]:
    """Yield simpler forms of a message, for workspaces where Slack refuses its blocks."""
    blocks = body.get("blocks") or []
    if len(older := without_newer(blocks)) < len(blocks):
        yield {**body, "blocks": older}
    if plain and blocks:
        yield _plain(body)


def _plain(body: Body) -> Body:
    """Return the message without blocks; Slack truncates its text at 40,000 characters."""
    texts = [text for block in body["blocks"] for text in _texts(block)]
    return {"text": "\n\n".join(texts) or body["text"]}


def _texts(block: Block) -> list[str]:
    """Return the texts of a block, as mrkdwn."""
    match block["type"]:
        case "markdown":
            return [mrkdwn(block["text"])]
        case "section":
            texts = [block["text"]] if "text" in block else block["fields"]
            return [_as_mrkdwn(each) for each in texts]
        case "context":
            return [_as_mrkdwn(each) for each in block["elements"] if "text" in each]
        case _:
            return []


def _as_mrkdwn(text: Block) -> str:
    """Return the text object as mrkdwn; a plain text is escaped, so that it pings nobody."""
    words = str(text["text"])
    return mrkdwn(words) if text["type"] == "plain_text" else words


def give_up(message: OutboxMessage, error: str) -> None:
    """Set the message's state to undeliverable, with the error."""
    log.error("message_undeliverable", key=message.key, error=error)
    message.state, message.error = "undeliverable", error
