"""The inbox: store every message for the desk before Bolt acknowledges it.

Bolt acknowledges events before their listener runs, so this is a global middleware: if the
database is away it raises, Slack gets no acknowledgement and delivers again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

import structlog
from slack_bolt import BoltResponse
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from bot.slack.listeners.listener import Listener
from bot.slack.reading.markup import is_for_others, mentioned
from bot.slack.reading.message import is_tombstone, read_message
from services import metrics
from services.delivery.deliveries import QUESTION, delete_words, receive

log = structlog.get_logger()

Event = dict[str, Any]

_WRITTEN = (None, "file_share", "me_message", "thread_broadcast")
"""The subtypes of message events in which a person writes something."""

_EDIT = text(
    "UPDATE deliveries SET event = event || :words WHERE key = :key AND state = 'waiting'"
    " RETURNING id"
).bindparams(bindparam("words", type_=JSONB))


class Inbox(Listener):
    """Bolt middleware that handles message events itself and passes everything else on."""

    async def __call__(
        self,
        body: dict[str, Any],
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
    ) -> BoltResponse | None:
        event = body.get("event") or {}
        if event.get("type") not in ("message", "app_mention"):
            return await next()
        shared = bool(body.get("is_ext_shared_channel"))
        subtype = event.get("subtype")
        if deleted := _deleted(event):
            await self._delete(event, deleted)
        elif subtype in _WRITTEN and event.get("user") and not event.get("bot_id"):
            await self._receive(event, shared)
        elif subtype == "message_changed":
            await self._edit(event, shared)
        return BoltResponse(status=200)

    async def _receive(self, event: Event, shared: bool) -> None:
        """Store a new message.

        A mention in a channel comes as `app_mention` and as `message`, under one key. In a thread,
        those who have mentioned the desk need not do so again.
        """
        asked = is_direct(event) or self._mentions_us(event)
        if asked or "thread_ts" in event:
            await self._store(event, self._key(event, event["ts"]), shared, asked)
        else:
            metrics.DELIVERIES.labels("ignored").inc()

    async def _edit(self, event: Event, shared: bool) -> None:
        """Change the text of a waiting question, or store a message whose edit mentions the desk.

        A message that a turn has begun to answer is not asked again, however often it is edited:
        its changes to records would be made twice.
        """
        new, old = event.get("message") or {}, event.get("previous_message") or {}
        written = read_message(new)
        if not new.get("user") or new.get("bot_id") or written == read_message(old):
            return
        key = self._key(event, new["ts"])
        if await self.runtime.database.fetch_all(_EDIT, key=key, words=asdict(written)):
            return
        if self._mentions_us(new) and not self._mentions_us(old):
            await self._store({**new, "channel": event["channel"]}, key, shared, asked=True)

    async def _delete(self, event: Event, message: Event) -> None:
        await delete_words(
            self.runtime.database,
            message=self._key(event, message["ts"]),
            thread=self._key(event, message.get("thread_ts") or message["ts"]),
        )

    def _mentions_us(self, event: Event) -> bool:
        return self.runtime.bot.user_id in mentioned(read_message(event).text)

    async def _store(self, event: Event, key: str, shared: bool, asked: bool) -> None:
        thread = self._key(event, event.get("thread_ts") or event["ts"])
        said = {name: event.get(name) for name in ("channel", "user", "ts", "thread_ts")}
        written = read_message(event)
        said |= asdict(written) | {"shared": shared, "direct": is_direct(event)}
        said |= {"asked": asked, "follows": not is_for_others(written.text)}
        with self.runtime.admission.storing():
            state, delivery = await receive(
                self.runtime.queue, QUESTION, message=key, thread=thread, said=said, asked=asked
            )
        # Counted and logged only after the commit: before that Slack may have to deliver again.
        metrics.DELIVERIES.labels(state).inc()
        if state == "stored":
            log.info("delivery_stored", delivery=delivery, thread=thread)

    def _key(self, event: Event, ts: str) -> str:
        return f"{self.runtime.bot.team_id}:{event['channel']}:{ts}"


def _deleted(event: Event) -> Event | None:
    """Return the person's message whose deletion the event reports; None for other events.

    The message may have nothing but its `ts`. Slack does not delete a message that has replies,
    but turns it into a tombstone.
    """
    new, old = event.get("message") or {}, event.get("previous_message") or {}
    if old.get("bot_id"):
        return None
    if is_tombstone(event):
        return event
    if event.get("subtype") == "message_deleted":
        return {**old, "ts": event["deleted_ts"]}
    if event.get("subtype") == "message_changed" and is_tombstone(new):
        return {**old, "ts": new["ts"]}
    return None


def is_direct(event: Event) -> bool:
    """Return whether only this person and the bot read the conversation."""
    return event.get("channel_type") == "im" or event["channel"].startswith("D")
