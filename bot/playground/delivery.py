"""Delivers to the app as Slack does: signed HTTP with retries, or an open socket."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.playground.nouns import Ack, Json
from bot.playground.socket_mode import SocketMode

# Slack tries an event again nearly at once, after a minute, and after five.
RETRY_DELAYS = (1.0, 60.0, 300.0)
ACK_TIMEOUT = 3.0
"""The maximum seconds in which the app has to acknowledge a request."""


class Delivery:
    def __init__(
        self,
        events_url: str,
        signing_secret: str,
        on_connect: Callable[[], None],
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        self.events_url = events_url
        self.signing_secret = signing_secret
        self.retry_delays = tuple(retry_delays)
        self.ack_timeout = ACK_TIMEOUT
        self.socket = SocketMode(on_connect)
        self._session: aiohttp.ClientSession | None = None
        self._closed = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        self._closed = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.socket.close()
        if self._session:
            await self._session.close()

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run the coroutine in the background; a reference keeps its task from being collected."""
        if self._closed:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def event_later(self, payload: Json) -> None:
        self.later(self.event(payload))

    async def event(self, payload: Json) -> Ack:
        """Deliver an event until the app acknowledges it or the retries are used up."""
        ack = await self._once("events_api", payload)
        for number, delay in enumerate(self.retry_delays, start=1):
            if ack.ok or ack.body.get("no_retry"):
                break
            await asyncio.sleep(delay)
            ack = await self._once("events_api", payload, number, ack.error)
        return ack

    async def command(self, payload: Json) -> Ack:
        return await self._once("slash_commands", payload)

    async def interaction(self, payload: Json) -> Ack:
        return await self._once("interactive", payload)

    async def _once(self, kind: str, payload: Json, retry: int = 0, reason: str = "") -> Ack:
        if self.socket.connections:
            return await self.socket.send(kind, payload, self.ack_timeout, retry, reason)
        headers = {"x-slack-retry-num": str(retry), "x-slack-retry-reason": reason}
        return await self.post(kind, payload, headers if retry else {})

    async def post(self, kind: str, payload: Json, headers: dict[str, str]) -> Ack:
        body, content_type = _encode(kind, payload)
        headers = self._signed(body) | {"Content-Type": content_type} | headers
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(self.ack_timeout):
                async with self._session.post(
                    self.events_url, data=body, headers=headers
                ) as answer:
                    return _ack(answer.status, await answer.read(), answer.headers)
        except TimeoutError:
            return Ack(ok=False, error="http_timeout")
        except aiohttp.ClientError:
            return Ack(ok=False, error="connection_failed")

    def _signed(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        base = b"v0:" + timestamp.encode() + b":" + body
        digest = hmac.new(self.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def _encode(kind: str, payload: Json) -> tuple[bytes, str]:
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _ack(status: int, body: bytes, headers: Any) -> Ack:
    if status != 200:
        declined: Json = {"no_retry": True} if headers.get("x-slack-no-retry") == "1" else {}
        return Ack(ok=False, body=declined, error="http_error")
    return Ack(ok=True, body=_read(body))


def _read(body: bytes) -> Json:
    """Read an app's answer: JSON, or plain text for a slash command."""
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        return {"text": body.decode(errors="replace")}
    return found if isinstance(found, dict) else {"text": str(found)}
