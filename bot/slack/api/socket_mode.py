"""Socket Mode: Slack's events over websockets that the desk opens, without a public address."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.errors import CALL_FAILED, call_at_start, may_pass, reason
from services.errors import SetupError

CONNECTIONS = 2
"""Connections that each process opens. Slack ends one every few hours, and the SDK closes it before
it opens the next; the other one receives meanwhile. Slack allows ten for an app."""

_REFUSED = (
    "Slack refuses SLACK_APP_TOKEN ({why}): make an app-level token (xapp-) with connections:write"
    " under Basic Information of your app."
)
_NO_ADDRESS = (
    "Slack gives no address for Socket Mode at the moment: check the network, status.slack.com and"
    " SLACK_API_URL, and start again."
)


@asynccontextmanager
async def socket_mode(app: AsyncApp, token: str) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """Keep connections to Slack open during the block, which does not wait for the first one.

    Yields a function that returns whether at least one connection is established.
    """
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(CONNECTIONS):
            handler = AsyncSocketModeHandler(app, token)
            stack.push_async_callback(handler.close_async)
            # Requested here: the SDK would repeat the request forever with a refused token.
            handler.client.wss_uri = await _address(app.client, token)
            clients.append(handler.client)

        async def is_connected() -> bool:
            return any([await each.is_connected() for each in clients])

        connecting = [asyncio.create_task(each.connect()) for each in clients]  # type: ignore[no-untyped-call]
        try:
            yield is_connected
        finally:
            for task in connecting:
                task.cancel()


async def _address(slack: AsyncWebClient, token: str) -> str:
    try:
        opened = await call_at_start(slack.apps_connections_open, app_token=token)
    except CALL_FAILED as error:
        refused = "" if may_pass(error) else reason(error)
        raise SetupError(_REFUSED.format(why=refused) if refused else _NO_ADDRESS) from None
    return str(opened["url"])
