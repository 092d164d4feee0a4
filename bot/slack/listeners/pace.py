"""The limit per hour on commands, presses, forms and views of App Home."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from slack_bolt import BoltResponse
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from bot.runtime import Runtime
from bot.slack.listeners.press import Body, tell
from bot.slack.render import blocks, views
from bot.slack.sentences import TOO_OFTEN
from services.limits import PRESETS, limits

HOUR = 3600.0
PATIENCE = 0.5
"""Seconds to wait for the database; Slack wants an answer within three."""
_COUNTED = {"block_actions", "view_submission", "shortcut", "message_action"}


class Counter:
    """Counts the actions of each person in their current hour, which begins with the first one.

    Each process counts the actions that reach it, so that a press costs no write: with several
    replicas a person may act that many times as often.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.hours: dict[str, tuple[float, int]] = {}

    def add(self, person: str) -> int:
        """Count one more action and return how many that makes in this hour."""
        now = self.clock()
        began, count = self.hours.get(person, (now, 0))
        if now - began >= HOUR:
            self.hours = {who: hour for who, hour in self.hours.items() if now - hour[0] < HOUR}
            began, count = now, 0
        self.hours[person] = began, count + 1
        return count + 1

    def minutes_left(self, person: str) -> int:
        """Return how many minutes the person's hour still lasts, at least one."""
        return max(1, round((HOUR - self.clock() + self.hours[person][0]) / 60))


class Pace:
    """Middleware that refuses the actions of somebody who is over the limit."""

    def __init__(self, runtime: Runtime, counter: Counter | None = None) -> None:
        self.runtime, self.counter = runtime, counter or Counter()

    async def __call__(
        self,
        body: Body,
        ack: AsyncAck,
        respond: AsyncRespond,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
    ) -> BoltResponse | None:
        person = _who(body)
        if person is None:
            return await next()
        if self.counter.add(person) <= await self._limit():
            return await next()
        minutes = self.counter.minutes_left(person)
        unit = "minute" if minutes == 1 else "minutes"
        return await self._refuse(body, ack, respond, TOO_OFTEN.format(minutes=f"{minutes} {unit}"))

    async def _limit(self) -> int:
        """Return the limit, or its default if the database does not answer at once."""
        try:
            async with asyncio.timeout(PATIENCE):
                return (await limits(self.runtime.database))["actions_per_person"]
        except (psycopg.Error, OSError, TimeoutError):
            return PRESETS["actions_per_person"]

    async def _refuse(
        self, body: Body, ack: AsyncAck, respond: AsyncRespond, sentence: str
    ) -> BoltResponse:
        if body.get("command"):
            return await ack(response_type="ephemeral", blocks=blocks.sentence(sentence), text=" ")
        if body.get("type") == "view_submission":
            return await ack(response_action="update", view=views.notice_view(sentence))
        if body.get("type") in _COUNTED:
            await tell(self.runtime, body, respond, sentence)
        return BoltResponse(status=200)


def _who(body: dict[str, Any]) -> str | None:
    """Return the Slack id of the person who acts; None for requests that are not counted."""
    event = body.get("event") or {}
    if event.get("type") == "app_home_opened":
        return str(event.get("user"))
    if body.get("command"):
        return str(body.get("user_id"))
    return str((body.get("user") or {}).get("id")) if body.get("type") in _COUNTED else None
