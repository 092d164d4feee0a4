"""Builds a running desk out of settings and a database, and takes it down again."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from itsdangerous import URLSafeTimedSerializer
from procrastinate import App as Queue
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot import upkeep
from bot.runtime import Identity, Runtime
from bot.slack import turns
from services.agent.loop import Agent
from services.agent.model import Model, ProviderModel
from services.agent.offline import OfflineModel
from services.errors import SetupError
from services.jobs.queue import POLLING, make_queue
from services.jobs.schedule import start_clock
from services.settings import Settings
from services.storage.database import Database

TURNS_AT_A_TIME = 128
DRAIN_SECONDS = 20.0
"""What running turns get to come to an end when the process is told to stop."""


@asynccontextmanager
async def open_runtime(settings: Settings, database_url: str) -> AsyncIterator[Runtime]:
    """A runtime whose Slack client has proven its token."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        slack = _slack_client(settings, session)
        bot = await _who_am_i(slack)
        yield await assemble(stack, settings, database_url, slack, bot)


async def assemble(
    stack: AsyncExitStack,
    settings: Settings,
    database_url: str,
    slack: AsyncWebClient,
    bot: Identity,
) -> Runtime:
    """The runtime's parts, closed by `stack`."""
    database = Database(database_url)
    stack.push_async_callback(database.close)
    queue = make_queue(database_url)
    await stack.enter_async_context(queue.open_async())
    queue.add_tasks_from(turns.tasks, namespace="desk")
    model = await _model(stack, settings)
    signer = URLSafeTimedSerializer(secrets.token_hex(32))
    return Runtime(settings, database, queue, Agent(database, model), slack, bot, signer)


async def _model(stack: AsyncExitStack, settings: Settings) -> Model:
    if not settings.llm_api_key:
        return OfflineModel()
    model = ProviderModel(settings.llm_base_url, settings.llm_api_key, settings.llm_models[0])
    stack.push_async_callback(model.close)
    return model
