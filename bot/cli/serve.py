"""`serve`: bot, worker, clock and web view in one process on one port."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial

from starlette.routing import Mount, Route

from bot.process import open_runtime, working
from bot.runtime import Runtime
from bot.site import Site, finished, stop_signal
from bot.slack.api.http import slack_routes
from bot.slack.api.socket_mode import socket_mode
from bot.slack.app import build_app
from bot.slack.people.identity import identify
from bot.slack.reading.names import names_at_slack
from bot.web.routes import Check, web_routes
from services.errors import SetupError
from services.settings import Settings
from services.storage.migrate import is_current, migrate

Say = Callable[[str], None]


def check_slack(settings: Settings) -> None:
    """Raise `SetupError` if a setting that `serve` and `worker` need for Slack is missing."""
    if not settings.slack_bot_token:
        raise SetupError(
            "SLACK_BOT_TOKEN is not set: make the app from manifest.yml (or manifest-basic.yml,"
            " see the README) at api.slack.com/apps and copy the xoxb- token from OAuth &"
            " Permissions. To try without Slack: make demo."
        )
    if not (settings.slack_app_token or settings.slack_signing_secret):
        raise SetupError(
            "Set SLACK_APP_TOKEN (an app-level token, xapp-, for Socket Mode) or"
            " SLACK_SIGNING_SECRET (for HTTP); both are under Basic Information of your app."
        )


def check_sign_in(settings: Settings) -> None:
    """Raise `SetupError` if one of the two settings of Sign in with Slack is missing."""
    if bool(settings.slack_client_id) != bool(settings.slack_client_secret):
        raise SetupError(
            "Sign in with Slack needs SLACK_CLIENT_ID and SLACK_CLIENT_SECRET: set both (they are"
            " under Basic Information of your app), or neither."
        )


def web_view(
    runtime: Runtime, is_current: Check, is_connected: Check | None = None
) -> list[Route | Mount]:
    """Return the routes of the web view, which asks Slack for people and for names of channels."""
    at_slack = partial(identify, runtime), partial(names_at_slack, runtime)
    return web_routes(runtime, *at_slack, is_current, is_connected)


async def serve(site: Site, settings: Settings, database_url: str, ready: Say) -> None:
    """Run the whole desk on a listening site until a signal comes."""
    check_sign_in(settings)
    stop = stop_signal()
    await asyncio.to_thread(migrate, database_url)
    async with AsyncExitStack() as stack:
        if await finished(_open(stack, site, settings, database_url), stop):
            ready(settings.web_url)
            await stop.wait()
        site.drain()


async def _open(stack: AsyncExitStack, site: Site, settings: Settings, database_url: str) -> None:
    """Open all parts of the desk; the stack closes them."""
    runtime = await stack.enter_async_context(open_runtime(settings, database_url))
    app = build_app(runtime)
    await stack.enter_async_context(working(runtime))
    current, is_connected = partial(is_current, runtime.database), None
    if settings.slack_app_token:
        is_connected = await stack.enter_async_context(socket_mode(app, settings.slack_app_token))
    site.put(
        [
            *slack_routes(app, settings),
            *web_view(runtime, current, is_connected),
        ]
    )
