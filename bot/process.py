"""Build a running desk from settings and a database, and shut it down again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import structlog
from procrastinate.exceptions import ConnectorException
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot import scheduled
from bot.admission import TURN_TRANSACTIONS, Admission
from bot.budget import Budget
from bot.runtime import Identity, Runtime
from bot.slack.api.errors import (
    CALL_FAILED,
    UNSENT,
    call_at_start,
    is_of_another_server,
    may_pass,
    reason,
)
from bot.slack.outbox import send_job
from bot.slack.turn import deleted, job, undone
from services import metrics
from services.agent.catalogue import Catalogue
from services.agent.loop import Agent
from services.agent.models import FixedModels
from services.agent.offline import OfflineModel
from services.agent.provider import Model, ProviderModel
from services.delivery.subscribers import SUBSCRIBERS
from services.errors import SetupError
from services.jobs.queue import POLLING, RECONNECT, STALLED, make_queue
from services.jobs.schedule import start_clock
from services.settings import Settings
from services.storage.database import Database

log = structlog.get_logger()

TURNS_AT_A_TIME = 128
DRAIN_SECONDS = 20.0
"""Seconds that running turns get to finish after the process was told to stop."""
CLEANUP_SECONDS = 5.0
"""Seconds that turns get after that to store how they ended. Without a limit, the process would
never end while the database is away."""

_AWAY = "Slack cannot be reached at {url}: check the network and SLACK_API_URL."
_REFUSED = (
    "Slack refuses SLACK_BOT_TOKEN ({why}): copy the xoxb- token from OAuth & Permissions of your"
    " app."
)
_NOT_SLACK = "What answers at {url} is not Slack: check the network and SLACK_API_URL."


@asynccontextmanager
async def open_runtime(settings: Settings, database_url: str) -> AsyncIterator[Runtime]:
    """Open a runtime; raises `SetupError` if Slack does not accept the token."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        slack = _slack_client(settings, session)
        bot = await _who_am_i(slack)
        database = await stack.enter_async_context(open_database(database_url))
        admission = Admission()
        for_turns = Database(database_url, TURN_TRANSACTIONS, within=admission.turn)
        stack.push_async_callback(for_turns.close)
        models = await stack.enter_async_context(open_catalogue(settings, for_turns))
        queue = make_queue(database_url)
        job.register(queue)
        undone.register(queue)
        deleted.register(queue)
        send_job.register(queue)
        scheduled.register(queue)
        SUBSCRIBERS.register(queue)
        await stack.enter_async_context(queue.open_async())
        await SUBSCRIBERS.synchronise(database)
        agent = Agent(for_turns, models)
        yield Runtime(settings, database, queue, agent, slack, bot, admission, Budget(database))


@asynccontextmanager
async def open_database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_models(settings: Settings) -> AsyncIterator[FixedModels]:
    """Open only the models that LLM_MODELS names, and after them the built-in rules."""
    async with AsyncExitStack() as stack:
        models: list[Model] = []
        key = settings.llm_api_key or ""
        for name in settings.llm_models if key else ():
            model = ProviderModel(settings.llm_base_url, key, name, context=settings.llm_context)
            stack.push_async_callback(model.close)
            models.append(model)
        yield FixedModels([*models, OfflineModel()])


@asynccontextmanager
async def open_catalogue(settings: Settings, database: Database) -> AsyncIterator[Catalogue]:
    """Open the models that admins have listed, with those of the settings among them."""
    catalogue = Catalogue(database, settings)
    await catalogue.read_settings()
    try:
        yield catalogue
    finally:
        await catalogue.close()


def _slack_client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Return the process's Slack client.

    It repeats only calls that Slack rate-limited and calls that were never sent: if the connection
    broke later, Slack may have received the message, and repeating would post it twice.
    """
    return AsyncWebClient(
        token=settings.slack_bot_token,
        base_url=settings.slack_api_url,
        session=session,
        retry_handlers=[
            _RateLimited(max_retry_count=3),
            AsyncConnectionErrorRetryHandler(max_retry_count=2, error_types=list(UNSENT)),
        ],
    )


class _RateLimited(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack asks for, and counts the retry."""

    async def prepare_for_next_attempt_async(self, **request: Any) -> None:
        metrics.RETRIES.labels("slack rate limit").inc()
        await super().prepare_for_next_attempt_async(**request)


async def _who_am_i(slack: AsyncWebClient) -> Identity:
    try:
        answer = await call_at_start(slack.auth_test)
    except CALL_FAILED as error:
        if may_pass(error) and not is_of_another_server(error):
            sentence = _AWAY.format(url=slack.base_url)
        elif refused := reason(error):
            sentence = _REFUSED.format(why=refused)
        else:
            sentence = _NOT_SLACK.format(url=slack.base_url)
        raise SetupError(sentence) from None
    except AttributeError:  # of the SDK, which takes plain text for what Slack says
        raise SetupError(_NOT_SLACK.format(url=slack.base_url)) from None
    organization = answer.get("enterprise_id")
    return Identity(
        team_id=str(answer["team_id"]),
        user_id=str(answer["user_id"]),
        enterprise_id=organization if answer.get("is_enterprise_install") else None,
        organization_id=organization,
        app_id=await _app_id(slack, str(answer.get("bot_id"))),
    )


async def _app_id(slack: AsyncWebClient, bot_id: str) -> str | None:
    try:
        answer = await call_at_start(slack.bots_info, bot=bot_id)
        return str(answer["bot"]["app_id"])
    except (*CALL_FAILED, KeyError) as error:
        # The signature or the token of Socket Mode still shows that a request is for this app.
        log.warning("app_id_unknown", error=type(error).__name__)
        return None


@asynccontextmanager
async def working(runtime: Runtime) -> AsyncIterator[None]:
    """Run worker and clock during the block; at its end running turns get time to finish."""
    for_turns = replace(runtime, database=runtime.agent.database)
    worker = asyncio.create_task(_keep_working(for_turns))
    clock = start_clock(runtime.queue, runtime.database, scheduled.PERIODS)
    try:
        yield
    finally:
        clock.shutdown(wait=False)
        worker.cancel()
        await asyncio.wait({worker}, timeout=DRAIN_SECONDS + CLEANUP_SECONDS)
        worker.cancel()


async def _keep_working(runtime: Runtime) -> None:
    """Run a worker, and start a new one if it ends because the database was away.

    The `rescue` job gives the jobs of the ended worker to other workers.
    """
    worker = asyncio.current_task()
    assert worker  # noqa: S101 - this is a coroutine
    while not worker.cancelling():
        try:
            await runtime.queue.run_worker_async(
                concurrency=TURNS_AT_A_TIME,
                fetch_job_polling_interval=POLLING,
                shutdown_graceful_timeout=DRAIN_SECONDS,
                install_signal_handlers=False,
                update_heartbeat_interval=scheduled.HEARTBEAT,
                stalled_worker_timeout=STALLED,
                delete_jobs="successful",
                additional_context={"runtime": runtime},
            )
        except ConnectorException as error:
            log.warning("worker_lost_the_database", error=repr(error.__cause__))
        await asyncio.sleep(RECONNECT)
