"""Limits on what unauthenticated clients can cost the process: memory, connections and time."""

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_BODY = 1_000_000
"""The maximum size of a request body in bytes. Slack's largest payload, a message with all its
blocks, has a tenth of that."""
MAX_HEAD = 64 * 1024
"""The maximum size in bytes of a request line with its headers; httptools itself has no limit."""
MAX_CONNECTIONS = 500
"""The maximum number of open connections. By default a process may have 1,024 files and sockets
open, and connections to the database need some of them."""
HEAD_SECONDS = 10.0
"""The maximum seconds that a client may take to send the headers of a request, counted from the
opening of the connection or from its last response."""
BODY_SECONDS = 10.0
"""The maximum seconds that a client may take to send the body after the headers."""
ANSWER_SECONDS = 20.0
"""The maximum seconds for which a client may leave what it was sent unread."""
MAX_PIPELINE = 8
"""The maximum number of requests that a client may send while an earlier one is answered. Browsers
and proxies wait for the answer."""

_CLOSE = {"Connection": "close"}


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with bounds on connections, on headers and on answers that nobody reads.

    uvicorn's own `limit_concurrency` counts idle connections but closes none of them, and its
    keep-alive timeout ends at the first byte of the next request. An answer that is not read it
    keeps forever.
    """

    _head_timer: asyncio.TimerHandle | None = None
    _answer_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_head_timer()
        self._cancel_answer_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if len(self.pipeline) > MAX_PIPELINE:
            self.transport.abort()
        elif not self._is_in_request():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD:
                self.transport.abort()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._await_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._answer_timer = self.loop.call_later(ANSWER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_answer_timer()

    def _await_head(self) -> None:
        self._cancel_head_timer()
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._close_if_waiting)

    def _cancel_head_timer(self) -> None:
        if self._head_timer:
            self._head_timer.cancel()

    def _cancel_answer_timer(self) -> None:
        if self._answer_timer:
            self._answer_timer.cancel()

    def _close_if_waiting(self) -> None:
        if not self._is_in_request():
            self.transport.abort()

    def _is_in_request(self) -> bool:
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete


class LimitBody:
    """ASGI middleware: a body that is too large gets 413, and one that comes too slowly 408.

    One that breaks off gets 400, which nobody reads: else it would be logged as an error of ours.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            receive = _Body(receive).receive
        await self.app(scope, receive, send)


class _Body:
    """Counts the bytes of one request's body while they are read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._deadline = asyncio.get_running_loop().time() + BODY_SECONDS
        self._bytes = 0
        self._is_complete = False

    async def receive(self) -> Message:
        if self._is_complete:  # what is awaited now is the end of the connection
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "The request's body did not arrive in time.", _CLOSE) from None
        if message["type"] == "http.disconnect":
            raise HTTPException(400, "The request's body broke off.", _CLOSE)
        self._bytes += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        if self._bytes > MAX_BODY:
            raise HTTPException(413, "The request's body is larger than 1 MB.", _CLOSE)
        return message
