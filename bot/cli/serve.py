"""`serve`: bot, worker, clock and web view in one process on one port."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial

import structlog
import uvicorn
from itsdangerous import URLSafeTimedSerializer
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from bot.process import open_runtime, working
from bot.slack.api.socket_mode import socket_mode
from bot.slack.app import build_app
from bot.web.routes import web_routes
from services.errors import SetupError
from services.settings import Settings
from services.storage.migrate import is_current, migrate

log = structlog.get_logger()

Say = Callable[[str], None]


class _Server(uvicorn.Server):
    """Without uvicorn's signal handlers: the process stops in order, not the server first."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


class Site:
    """One port for all that a process serves: it listens at once, and is ready when the desk is."""

    def __init__(self, settings: Settings) -> None:
        self.socket = _listen(settings)
        self.app = Starlette(routes=[_unwell("starting")])
        config = uvicorn.Config(
            self.app, log_config=None, lifespan="off", timeout_graceful_shutdown=5
        )
        self.server = _Server(config)

    def put(self, routes: Sequence[BaseRoute]) -> None:
        """Add routes; later ones stand before those that were there."""
        self.app.router.routes[:0] = routes

    def drain(self) -> None:
        """What is still delivered is stored, for other replicas or for the next start."""
        self.put([_unwell("draining")])
        log.info("draining")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.server.serve(sockets=[self.socket]))
        try:
            yield
        finally:
            self.server.should_exit = True
            await task


def _unwell(status: str) -> Route:
    return Route("/healthz", JSONResponse({"status": status}, 503))


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio turns Nagle's delay off only where the socket names its protocol: 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(1024)
    except OSError as error:
        raise SetupError(
            f"Port {settings.port} of {settings.host} is not free ({error.strerror}): stop what"
            f" uses it, or choose another, such as PORT={settings.port % 65535 + 1}."
        ) from None
    return listener


def check_slack(settings: Settings) -> None:
    """What `serve` and `worker` need to know of Slack, or one line that says what is missing."""
    if not settings.slack_bot_token:
        raise SetupError(
            "SLACK_BOT_TOKEN is not set: make the app from manifest.yml at api.slack.com/apps and"
            " copy the xoxb- token from OAuth & Permissions. To try without Slack: make demo."
        )
    if not (settings.slack_app_token or settings.slack_signing_secret):
        raise SetupError(
            "Set SLACK_APP_TOKEN (an app-level token, xapp-, for Socket Mode) or"
            " SLACK_SIGNING_SECRET (for HTTP); both are under Basic Information of your app."
        )


async def serve(
    site: Site, settings: Settings, database_url: str, signer: URLSafeTimedSerializer, ready: Say
) -> None:
    """Run the whole desk on a listening site until a signal comes."""
    stop = stop_signal()
    await asyncio.to_thread(migrate, database_url)
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(open_runtime(settings, database_url, signer))
        app = build_app(runtime)
        events = AsyncSlackRequestHandler(app)
        await stack.enter_async_context(working(runtime))
        current, hears = partial(is_current, runtime.database), None
        if settings.slack_app_token:
            hears = await stack.enter_async_context(socket_mode(app, settings.slack_app_token))
        site.put(
            [
                Route("/slack/events", events.handle, methods=["POST"]),
                *web_routes(runtime, current, hears),
            ]
        )
        ready(settings.web_url)
        await stop.wait()
        site.drain()


def stop_signal() -> asyncio.Event:
    """Set by Ctrl-C, SIGTERM and a closed terminal."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
