"""A whole desk as a process: its logs, metrics and health, and how it stops."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Engine, text
from starlette.routing import Mount

from bot.cli.demo import make_workspace
from bot.playground import Workspace, playground
from bot.site import Site
from services.settings import Settings
from tests.chaos.replicas import Replica, free_port
from tests.fixtures import DANIEL, PRIYA, Desk
from tests.services.provider import KEY, Provider, calls, completion, fails, provider, says
from tests.stories.telling import Thinking, answers
from tests.waiting import until

CANARY = "Zebrafink"


@dataclass
class Running:
    slack: Workspace
    replica: Replica

    async def get(self, path: str) -> tuple[int, str]:
        address = f"http://127.0.0.1:{self.replica.port}{path}"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return answer.status, await answer.text()

    async def ask(self, person: int, words: str) -> Any:
        user = Desk.user(person)
        return await self.slack.say(user, (await self.slack.dm(user)).id, words)

    async def answered(self, said: Any) -> None:
        def answer() -> bool:
            replies = self.slack.replies(said.channel, said.ts)
            return any(each.from_bot for each in replies)

        await self.slack.until(answer)

    async def is_draining(self) -> bool:
        return await self.get("/healthz") == (503, '{"status":"draining"}')

    async def stop(self) -> int:
        """Send SIGTERM, and return the exit code."""
        assert self.replica.process
        await self.replica.end(signal.SIGTERM)
        assert self.replica.process.returncode is not None
        return self.replica.process.returncode


@asynccontextmanager
async def running(
    database_url: str, folder: Path, *script: Any, command: str = "serve"
) -> AsyncIterator[tuple[Running, Provider]]:
    """Run a process of the desk with an imitation of Slack and a scripted model."""
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(provider(*script))
        site = Site(Settings.load(_env_file=None, port=free_port()))
        workspace = make_workspace(f"http://127.0.0.1:{site.socket.getsockname()[1]}")
        site.put([Mount("/playground", playground(workspace))])
        await stack.enter_async_context(site.running())
        stack.push_async_callback(workspace.close)
        replica = Replica(
            folder / "replica",
            {
                "DATABASE_URL": database_url,
                "SLACK_API_URL": f"{workspace.url}/api/",
                "SLACK_BOT_TOKEN": workspace.bot_token,
                "SLACK_SIGNING_SECRET": workspace.signing_secret,
                "LLM_BASE_URL": model.url,
                "LLM_API_KEY": KEY,
                "LLM_MODELS": "scripted",
            },
            command,
        )
        workspace.delivery.events_url = f"http://127.0.0.1:{replica.port}/slack/events"
        await replica.start()
        stack.push_async_callback(replica.end, signal.SIGKILL)
        desk = Running(workspace, replica)
        await desk.replica.ready()
        yield desk, model


async def test_logs_and_metrics_contain_no_text_of_people_and_no_secrets(
    fresh_database: str, tmp_path: Path
) -> None:
    script = (
        calls(("create_ticket", {"name": CANARY}), (CANARY, {}), ("add_note", {"on": CANARY})),
        calls(("find_tickets", {"words": CANARY}), ("add_note", CANARY)),
        completion({"content": None}, {"prompt_tokens": 900, "completion_tokens": 1}),
        refused := fails(400, {"error": {"message": f"{CANARY} is no good, {KEY}"}}),
        refused,  # also with plainer tools
        says(f"{CANARY} is on its way"),
    )
    async with running(fresh_database, tmp_path, *script) as (desk, _):
        for fault in ({"status": 500}, {"delay": 0.1}, {"status": 429, "retry_after": 1}):
            desk.slack.fail("chat.postMessage", **fault)
            await desk.answered(await desk.ask(PRIYA, f"{CANARY} is broken"))
        _, figures = await desk.get("/metrics")
        assert await desk.stop() == 0
    told = desk.replica.log.read_text()
    for secret in (CANARY, KEY, desk.slack.bot_token, desk.slack.signing_secret):
        assert secret not in told
        assert secret not in figures
    for event in ("delivery_stored", "turn_begun", "tool_called", "model_called", "turn_ended"):
        [line, *_] = [each for each in told.splitlines() if f" {event} " in each]
        assert "thread=T0DESKHAND:D" in line, event
        assert "turn=1" in line or "delivery=1" in line, event
    assert "prompt_tokens=900" in told
    assert 'deskhand_deliveries_total{state="stored"} 3.0' in figures
    assert 'deskhand_turns_total{outcome="failed"} 2.0' in figures
    assert 'deskhand_turns_total{outcome="interrupted"} 1.0' in figures
    assert 'deskhand_retries_total{what="job"} 1.0' in figures
    assert 'deskhand_retries_total{what="slack rate limit"} 1.0' in figures
    assert 'deskhand_tokens_total{kind="prompt",model="scripted"} 900.0' in figures
    assert 'deskhand_tool_seconds_count{outcome="done",tool="create_ticket"} 1.0' in figures
    assert 'deskhand_model_seconds_count{model="scripted",outcome="BadRequestError"} 2.0' in figures


async def test_running_turn_is_finished_before_the_stopped_process_ends(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    slow = Thinking()
    async with running(fresh_database, tmp_path, slow, says("Too early.")) as (desk, _):
        said = await desk.ask(PRIYA, "take your time")
        await slow.begun.wait()
        stopping = asyncio.create_task(desk.stop())
        await until(desk.is_draining)
        await desk.ask(DANIEL, "and I")
        assert await waiting(owner) == ["and I"]
        slow.go.set()
        await desk.answered(said)
        assert await stopping == 0
    assert len(answers(desk, said)) == 1  # type: ignore[arg-type]
    assert await waiting(owner) == ["and I"]


async def test_worker_process_serves_health_and_metrics_only(
    fresh_database: str, tmp_path: Path
) -> None:
    async with running(fresh_database, tmp_path, says("Hi."), command="worker") as (desk, _):
        assert await desk.get("/healthz") == (200, '{"status":"ready"}')
        status, figures = await desk.get("/metrics")
        assert (status, "deskhand_queue_jobs" in figures) == (200, True)
        for path in ("/", "/TKT-12", "/slack/events"):
            assert (await desk.get(path))[0] == 404
        assert await desk.stop() == 0
    assert "draining" in desk.replica.log.read_text()


async def waiting(owner: Engine) -> list[str]:
    """Return the texts of the waiting deliveries, once there are any."""
    query = text("SELECT event ->> 'text' FROM deliveries WHERE state = 'waiting'")

    async def texts() -> list[str]:
        with owner.connect() as connection:
            return list(connection.scalars(query))

    return await until(texts)
