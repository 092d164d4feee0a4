"""Slack's end of Socket Mode: a websocket server, its envelopes and their acknowledgements."""

import asyncio
import secrets
from collections.abc import Callable

from aiohttp import WSMsgType, web

from bot.hosts import is_loopback
from bot.playground.nouns import APP, Ack, Json

# Undocumented; Slack closes the connection with the code 1009 (revelrylabs/slax #614).
MOST_BYTES = 20_480


class SocketMode:
    """A websocket server on a free port, started by the first call of `apps.connections.open`.

    It is separate from the playground's own server: uvicorn would need another package for
    websockets, and Slack's websockets have another address than its Web API, too.
    """

    def __init__(self, on_connect: Callable[[], None]) -> None:
        self._on_connect = on_connect
        self._runner: web.AppRunner | None = None
        self._address = ""
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[Json]] = {}

    @property
    def connections(self) -> int:
        return len(self._sockets)

    async def open(self) -> str:
        """Return the address at which the app can open one connection."""
        if self._runner is None:
            await self._listen()
        ticket = secrets.token_urlsafe(12)
        self._tickets.add(ticket)
        return f"{self._address}/link/?ticket={ticket}&app_id={APP}"

    async def _listen(self) -> None:
        app = web.Application()
        app.router.add_get("/link/", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._address = f"ws://{host}:{port}"

    async def close(self) -> None:
        if self._runner:
            await asyncio.gather(*(s.close() for s in tuple(self._sockets)))
            await self._runner.cleanup()
            self._runner = None

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to open the oldest connection anew, as Slack does every few hours."""
        socket = self._sockets.pop(0)
        await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or not is_loopback(request.host):
            return web.Response(status=403)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=10, max_msg_size=MOST_BYTES)
        await socket.prepare(request)
        self._sockets.append(socket)
        try:
            await self._greet(socket)
            await self._receive(socket)
        finally:
            if socket in self._sockets:
                self._sockets.remove(socket)
        return socket

    async def _greet(self, socket: web.WebSocketResponse) -> None:
        hello = {"type": "hello", "num_connections": len(self._sockets)}
        about = {"connection_info": {"app_id": APP}, "debug_info": {"host": "playground"}}
        await socket.send_json(hello | about)
        self._on_connect()

    async def _receive(self, socket: web.WebSocketResponse) -> None:
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT or not frame.data.startswith("{"):
                continue
            answer = frame.json()
            waiting = self._acks.get(answer.get("envelope_id", ""))
            if waiting and not waiting.done():
                waiting.set_result(answer.get("payload") or {})

    async def send(
        self, kind: str, payload: Json, patience: float, retry: int = 0, reason: str = ""
    ) -> Ack:
        envelope_id = secrets.token_hex(16)
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        waiting = self._acks[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(patience):
                await self._sockets[-1].send_json(envelope)
                return Ack(ok=True, body=await waiting)
        except TimeoutError:
            return Ack(ok=False, error="timeout")
        except ConnectionError:
            return Ack(ok=False, error="connection_failed")
        finally:
            del self._acks[envelope_id]
