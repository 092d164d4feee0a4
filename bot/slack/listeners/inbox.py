"""The inbox: every message for the desk is written down before Bolt acknowledges it.

Bolt acknowledges events before their listener runs, so this is a global middleware: if the
database is away it raises, Slack gets no acknowledgement and delivers again.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt import BoltResponse
from sqlalchemy import text

from bot.runtime import Runtime
from bot.slack.render.text import mentioned
from services import metrics
from services.delivery.routes import QUESTION, receive

log = structlog.get_logger()

Event = dict[str, Any]

_SAID = (None, "file_share", "thread_broadcast")
"""The subtypes of a message event in which a person says something."""

_EDIT = text(
    "UPDATE deliveries SET event = jsonb_set(event, '{text}', to_jsonb(CAST(:text AS text)))"
    " WHERE key = :key AND state = 'waiting' RETURNING id"
)
_WITHDRAW = text(
    "UPDATE deliveries SET state = 'ignored' WHERE key = :key AND state IN ('waiting', 'overheard')"
)


class Inbox:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def __call__(
        self,
        body: dict[str, Any],
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
    ) -> BoltResponse | None:
        event = body.get("event") or {}
        if event.get("type") not in ("message", "app_mention"):
            return await next()
        subtype = event.get("subtype")
        if subtype in _SAID and event.get("user") and not event.get("bot_id"):
            await self._said(event, bool(body.get("is_ext_shared_channel")))
        elif subtype == "message_changed":
            await self._edited(event, bool(body.get("is_ext_shared_channel")))
        elif subtype == "message_deleted":
            await self._withdrawn(event)
        return BoltResponse(status=200)

    async def _said(self, event: Event, shared: bool) -> None:
        """A mention in a channel comes twice, as `app_mention` and `message`: one key for both.

        Who takes part in a thread is answered there without a new mention.
        """
        asked = is_direct(event) or self._mentions_us(event)
        if asked or "thread_ts" in event:
            await self._store(event, self._key(event, event["ts"]), shared, asked)
        else:
            metrics.DELIVERIES.labels("ignored").inc()

    async def _edited(self, event: Event, shared: bool) -> None:
        """Before its answer an edit changes the question; later it asks anew if it mentions us."""
        new, old = event.get("message") or {}, event.get("previous_message") or {}
        if not new.get("user") or new.get("bot_id") or new.get("text") == old.get("text"):
            return
        key = self._key(event, new["ts"])
        changed = await self.runtime.database.fetch_all(_EDIT, key=key, text=new["text"])
        if not changed and self._mentions_us(new):
            again = {**new, "channel": event["channel"]}
            await self._store(again, f"{key}:{event['ts']}", shared, asked=True)

    async def _withdrawn(self, event: Event) -> None:
        key = self._key(event, event.get("deleted_ts", ""))
        await self.runtime.database.execute(_WITHDRAW, key=key)

    def _mentions_us(self, event: Event) -> bool:
        return self.runtime.bot.user_id in mentioned(event.get("text", ""))

    async def _store(self, event: Event, key: str, shared: bool, asked: bool) -> None:
        thread = self._key(event, event.get("thread_ts") or event["ts"])
        said = {name: event.get(name) for name in ("channel", "user", "ts", "thread_ts", "text")}
        said |= {"shared": shared, "direct": is_direct(event)}
        with self.runtime.admission.storing():
            state, delivery = await receive(
                self.runtime.queue, QUESTION, message=key, thread=thread, said=said, asked=asked
            )
        # Said only when it is committed: until then Slack may have to deliver it again.
        metrics.DELIVERIES.labels(state).inc()
        if state == "stored":
            log.info("delivery_stored", delivery=delivery, thread=thread)

    def _key(self, event: Event, ts: str) -> str:
        return f"{self.runtime.bot.team_id}:{event['channel']}:{ts}"


def is_direct(event: Event) -> bool:
    """Whether only this person and the bot read the conversation."""
    return event.get("channel_type") == "im" or event["channel"].startswith("D")
