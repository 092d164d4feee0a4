"""The inbox: every message for the desk is written down before Bolt acknowledges it.

Bolt acknowledges events before their listener runs, so this is a global middleware: if the
database is away it raises, Slack gets no acknowledgement and delivers again.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt import BoltResponse
from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.runtime import Runtime
from bot.slack.text import mentioned
from services import metrics
from services.agent.transcript import Delivery, Thread
from services.jobs.queue import defer
from services.storage.database import WORKER

log = structlog.get_logger()

Event = dict[str, Any]
ANSWER = "answer"
"""The job that answers what waits in a thread; it is defined in turns.py."""

_SAID = (None, "file_share", "thread_broadcast")
"""The subtypes of a message event in which a person says something."""


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
        """A mention in a channel comes twice, as `app_mention` and `message`: one key for both."""
        state, ids = "ignored", dict[str, object]()
        async with self.runtime.database.transaction(WORKER) as session:
            ours = self._is_for_us(event) or await self._is_our_thread(session, event)
            if ours or "thread_ts" in event:
                key = self._key(event, event["ts"])
                state, ids = await self._store(session, event, key, shared, overheard=not ours)
        _seen(state, ids)

    async def _edited(self, event: Event, shared: bool) -> None:
        """Before its answer an edit changes the question; later it asks anew if it mentions us."""
        new, old = event.get("message") or {}, event.get("previous_message") or {}
        if not new.get("user") or new.get("bot_id") or new.get("text") == old.get("text"):
            return
        key = self._key(event, new["ts"])
        state, ids = "ignored", dict[str, object]()
        async with self.runtime.database.transaction(WORKER) as session:
            changed = await session.execute(
                text(
                    "UPDATE deliveries"
                    " SET event = jsonb_set(event, '{text}', to_jsonb(CAST(:text AS text)))"
                    " WHERE key = :key AND state = 'waiting'"
                ),
                {"key": key, "text": new["text"]},
            )
            asks = self.runtime.bot.user_id in mentioned(new["text"])
            if not changed.rowcount and asks:  # type: ignore[attr-defined]
                again = {**new, "channel": event["channel"]}
                state, ids = await self._store(session, again, f"{key}:{event['ts']}", shared)
        _seen(state, ids)

    async def _withdrawn(self, event: Event) -> None:
        key = self._key(event, event.get("deleted_ts", ""))
        async with self.runtime.database.transaction(WORKER) as session:
            await session.execute(
                text(
                    "UPDATE deliveries SET state = 'ignored'"
                    " WHERE key = :key AND state IN ('waiting', 'overheard')"
                ),
                {"key": key},
            )

    def _is_for_us(self, event: Event) -> bool:
        return is_direct(event) or self.runtime.bot.user_id in mentioned(event.get("text", ""))

    async def _is_our_thread(self, session: AsyncSession, event: Event) -> bool:
        """Who takes part in a thread is answered there without a new mention."""
        if "thread_ts" not in event:
            return False
        key = self._key(event, event["thread_ts"])
        await _one_at_a_time(session, key)
        known = exists().where(Thread.key == key)
        to_be = exists().where(Delivery.thread_key == key, Delivery.state == "waiting")
        return bool(await session.scalar(select(known | to_be)))

    async def _store(
        self,
        session: AsyncSession,
        event: Event,
        key: str,
        shared: bool,
        *,
        overheard: bool = False,
    ) -> tuple[str, dict[str, object]]:
        """The delivery and its job, in one transaction; the second of a pair changes nothing.

        A reply may come before the mention that it follows, whose delivery failed at first: what
        is overheard in a thread is kept without its words until the thread is ours, if ever.
        """
        thread = self._key(event, event.get("thread_ts") or event["ts"])
        names = ("channel", "user", "ts", "thread_ts", *(() if overheard else ("text",)))
        facts = {"shared": shared, "direct": is_direct(event)}
        if not is_direct(event):
            await _one_at_a_time(session, thread)
        stored = await session.scalar(
            insert(Delivery)
            .values(
                key=key,
                thread_key=thread,
                event={**{name: event.get(name) for name in names}, **facts},
                state="overheard" if overheard else "waiting",
            )
            .on_conflict_do_nothing()
            .returning(Delivery.id)
        )
        ids = {"delivery": stored, "thread": thread}
        if stored is None or overheard:
            return "repeated" if stored is None else "overheard", ids
        await defer(self.runtime.queue, session, ANSWER, lock=thread, thread=thread)
        await session.execute(
            text(
                "UPDATE deliveries SET state = 'waiting' WHERE thread_key = :thread"
                " AND state = 'overheard' AND event ->> 'ts' > :ts"
            ),
            {"thread": thread, "ts": event["ts"]},
        )
        return "stored", ids

    def _key(self, event: Event, ts: str) -> str:
        return f"{self.runtime.bot.team_id}:{event['channel']}:{ts}"


def _seen(state: str, ids: dict[str, object]) -> None:
    """To be said once it is committed: until then Slack may have to deliver it again."""
    metrics.DELIVERIES.labels(state).inc()
    if state == "stored":
        log.info("delivery_stored", **ids)


async def _one_at_a_time(session: AsyncSession, thread: str) -> None:
    """Or a reply and the mention before it, stored side by side, would not see each other."""
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:thread, 0))")
    await session.execute(lock, {"thread": thread})


def is_direct(event: Event) -> bool:
    """Whether only this person and the bot read the conversation."""
    return event.get("channel_type") == "im" or event["channel"].startswith("D")
