"""The port that a process listens on, and the routes that are served there."""

import asyncio
import errno
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from bot.http_limits import LimitBody, LimitedProtocol
from bot.redirects import RelativeRedirects
from services.errors import SetupError
from services.settings import Settings

log = structlog.get_logger()


class _Server(uvicorn.Server):
    """A server that leaves signals to the process, which stops its parts in order."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


class Site:
    """A listening port. `/healthz` answers 503 until routes are added."""

    def __init__(self, settings: Settings) -> None:
        self.socket = _listen(settings)
        self.app = Starlette(
            routes=[_unavailable("starting")],
            middleware=[Middleware(RelativeRedirects), Middleware(LimitBody)],
        )
        config = uvicorn.Config(
            self.app,
            http=LimitedProtocol,
            ws="none",
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=5,
        )
        self.server = _Server(config)

    def put(self, routes: Sequence[BaseRoute]) -> None:
        """Add routes before the present ones: of two routes for a path, the newer one is used."""
        self.app.router.routes[:0] = routes

    def drain(self) -> None:
        """Report 503 to load balancers; requests that still come are served."""
        self.put([_unavailable("draining")])
        log.info("draining")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve while the block runs."""
        task = asyncio.create_task(self.server.serve(sockets=[self.socket]))
        try:
            yield
        finally:
            self.server.should_exit = True
            await task


def _unavailable(status: str) -> Route:
    return Route("/healthz", JSONResponse({"status": status}, 503))


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio turns Nagle's delay off only where the socket names its protocol: 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(1024)
    except (OSError, ValueError) as error:
        listener.close()
        raise SetupError(_obstacle(settings, error)) from None
    return listener


def _obstacle(settings: Settings, error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return (
            f"Port {settings.port} of {settings.host} is not free: stop what uses it, or choose"
            f" another, such as PORT={settings.port % 65535 + 1}."
        )
    if number == errno.EACCES:
        return (
            f"This account may not open port {settings.port}, as ports below 1024 are the system's:"
            " choose another, such as PORT=3000."
        )
    return f"HOST={settings.host} is no address of this machine: use 127.0.0.1 or 0.0.0.0."


async def finished(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> bool:
    """Run the work to its end, or cancel it when `stop` is set; return whether it ended."""
    task, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        task.cancel()  # without effect, if it is done
    await asyncio.wait({task})
    if task.cancelled():
        return False
    task.result()
    return True


def stop_signal() -> asyncio.Event:
    """Return an event that Ctrl-C, SIGTERM and a closed terminal set.

    SIGHUP stays ignored where it was ignored at start: `nohup` asks to outlive the terminal.
    """
    stop = asyncio.Event()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
