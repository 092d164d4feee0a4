"""A chaos run: many messages while processes die and neighbours fail; counts at the end."""

import asyncio
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import Engine, create_engine, insert, text
from sqlalchemy.exc import DBAPIError
from starlette.routing import Mount, Route

from bot.cli.demo import make_workspace
from bot.playground import Workspace, playground
from bot.playground.faults import Fault
from bot.site import Site
from bot.slack.render.progress import WORKING_BLOCK
from services.delivery.outbox import ANSWER_KEY
from services.demo import load_demo
from services.entities.setting import Setting
from services.limits import PRESETS
from services.settings import Settings
from services.storage.accounts import owner_url
from services.storage.migrate import migrate
from services.storage.postgres import embedded
from tests.chaos.model import TOKEN, ScriptedModel
from tests.chaos.replicas import Balancer, Replica, free_port
from tests.services.provider import KEY

METHODS = (
    "chat.postMessage",
    "chat.startStream",
    "chat.appendStream",
    "chat.stopStream",
    "chat.update",
    "conversations.replies",
    "users.info",
    "assistant.threads.setStatus",
)
SLACK_TRIES_AGAIN = (0.5, 1.0, 2.0, 4.0, *[8.0] * 30)
"""Seconds between retries of a delivery: four minutes in all, Slack's own take six. A message that
is given up cannot be answered."""
STUCK = 60.0
"""Seconds without progress after which unanswered messages count as lost."""


@dataclass(frozen=True)
class Plan:
    messages: int
    threads: int
    kills: int
    restarts: int
    replicas: int
    seed: int


@dataclass
class Outcome:
    """The counts by which a run is judged."""

    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{name:<24}{value}" for name, value in self.figures.items()]
        return "\n".join([*lines, *self.wrong])


async def run(plan: Plan) -> Outcome:
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder) / "db") as url:
        await asyncio.to_thread(migrate, url)
        await asyncio.to_thread(load_demo, url)
        owner = create_engine(owner_url(url), pool_pre_ping=True)
        with owner.begin() as connection:
            values = [{"key": name, "value": 1_000_000} for name in PRESETS]
            connection.execute(insert(Setting), values)
        outcome = await _Chaos(plan, url, owner, Path(folder)).run()
        owner.dispose()
    return outcome


class _Chaos:
    def __init__(self, plan: Plan, url: str, owner: Engine, folder: Path) -> None:
        self.plan, self.url, self.owner, self.folder = plan, url, owner, folder
        self.chance = random.Random(plan.seed)
        self.model = ScriptedModel(self.chance, failing=0.1)
        self.faults = self.kills = self.restarts = 0
        self.said: dict[str, Any] = {}

    async def run(self) -> Outcome:
        begun = time.monotonic()
        async with self._standing() as workspace:
            talking = asyncio.create_task(self._talk(workspace))
            trouble = [
                asyncio.create_task(self._kill()),
                asyncio.create_task(self._restart(talking)),
                asyncio.create_task(self._fail(workspace, talking)),
            ]
            await talking
            await asyncio.gather(*trouble)
            await self._quiet()
            self.seconds = time.monotonic() - begun
            return self._count(workspace)

    @asynccontextmanager
    async def _standing(self) -> AsyncIterator[Workspace]:
        """Start Slack, the model and the replicas, each at its address."""
        async with AsyncExitStack() as stack:
            llm = await self._serve_model(stack)
            site = Site(Settings.load(_env_file=None, port=free_port()))
            here = f"http://127.0.0.1:{site.socket.getsockname()[1]}"
            workspace = make_workspace(here)
            workspace.delivery.retry_delays = SLACK_TRIES_AGAIN
            environment = {
                "DATABASE_URL": self.url,
                "SLACK_API_URL": f"{workspace.url}/api/",
                "SLACK_BOT_TOKEN": workspace.bot_token,
                "SLACK_SIGNING_SECRET": workspace.signing_secret,
                "LLM_BASE_URL": llm,
                "LLM_API_KEY": KEY,
                "LLM_MODELS": "scripted",
            }
            self.replicas = [
                Replica(self.folder / f"replica-{n}", environment)
                for n in range(self.plan.replicas)
            ]
            balancer = Balancer(self.replicas, self.chance, doubling=0.3)
            self.balancer = balancer
            site.put([
                Mount("/playground", playground(workspace)),
                Route("/slack/events", balancer.serve, methods=["POST"]),
            ])  # fmt: skip
            await stack.enter_async_context(site.running())
            stack.push_async_callback(workspace.close)
            stack.push_async_callback(balancer.close)
            for replica in self.replicas:
                await replica.start()
                stack.push_async_callback(replica.end, signal.SIGKILL)
            for replica in self.replicas:
                await replica.ready()
            yield workspace

    async def _serve_model(self, stack: AsyncExitStack) -> str:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self.model.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/v1"

    # ---- what happens

    async def _talk(self, workspace: Workspace) -> None:
        """Post messages in threads of channels and direct messages, some shortly after another."""
        general = workspace.channel("general")
        people = sorted(general.members & workspace.users.keys() - {workspace.bot.id})
        threads: list[tuple[str, str | None, str]] = []
        for number in range(self.plan.messages):
            token = f"T{number:05d}"
            if len(threads) < self.plan.threads:
                person = self.chance.choice(people)
                direct = self.chance.random() < 0.5
                place = (await workspace.dm(person)).id if direct else general.id
                words = token if direct else f"@Deskhand {token}"
                message = await workspace.say(person, place, words)
                threads.append((place, message.ts, person))
            else:
                place, root, first = self.chance.choice(threads)
                person = first if place != general.id else self.chance.choice(people)
                words = token if person == first else f"@Deskhand {token}"
                message = await workspace.say(person, place, words, root)
            self.said[token] = message
            await asyncio.sleep(self.chance.expovariate(8))

    async def _kill(self) -> None:
        """Kill replicas as often as planned, also while the last messages are answered."""
        while self.kills < self.plan.kills:
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * self._every(self.plan.kills))
            victim = self.chance.choice(self.replicas)
            await victim.end(signal.SIGKILL)
            self.kills += 1
            await asyncio.sleep(self.chance.uniform(0, 1))
            await victim.start()

    async def _restart(self, talking: "asyncio.Task[None]") -> None:
        """Kill one process of Postgres, which then ends all its other ones and recovers."""
        while self.restarts < self.plan.restarts and not talking.done():
            await asyncio.sleep(self._every(self.plan.restarts + 1))
            with suppress(DBAPIError), self.owner.connect() as connection:
                query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                pids = connection.execute(text(query)).scalars().all()
                os.kill(self.chance.choice(pids), signal.SIGKILL)
                self.restarts += 1

    async def _fail(self, workspace: Workspace, talking: "asyncio.Task[None]") -> None:
        """Let Slack be busy or broken, or lose connections before or after its work."""
        while not talking.done():
            await asyncio.sleep(self.chance.uniform(0.1, 0.5))
            method = self.chance.choice(METHODS)
            kind = self.chance.choice(
                ({"status": 500}, {"status": 429, "retry_after": 1},
                 {"drop": "before"}, {"drop": "after"}, {"drop": "late"}, {"delay": 1.0})
            )  # fmt: skip
            workspace.faults.add(Fault(method, **kind))
            self.faults += 1

    def _every(self, times: int) -> float:
        return self.plan.messages / 8 / max(times, 1)

    async def _quiet(self) -> None:
        """Wait until every delivered message has its answer, or nothing changes any more."""
        query = text(
            "SELECT (SELECT count(*) FROM deliveries WHERE state <> 'ignored'),"
            " (SELECT count(*) FROM deliveries WHERE state = 'waiting'),"
            " (SELECT count(*) FROM turns WHERE state = 'running')"
        )
        last, moved = None, time.monotonic()
        while time.monotonic() < moved + STUCK:
            with suppress(DBAPIError), self.owner.connect() as connection:
                now = delivered, waiting, running = connection.execute(query).one()
                if (waiting, running) == (0, 0) and delivered >= len(self.said):
                    return
                if now != last:
                    last, moved = now, time.monotonic()
            await asyncio.sleep(0.5)

    # ---- the count

    def _count(self, workspace: Workspace) -> Outcome:
        told: Counter[str] = Counter()
        parts: Counter[str] = Counter()
        posted = [each for channel in workspace.messages.values() for each in channel.values()]
        at_work = [each.ts for each in posted if WORKING_BLOCK in str(each.blocks)]
        for message in posted:
            if message.from_bot and message.metadata:
                mark = message.metadata["event_payload"]
                parts[mark["key"]] += 1
                if message.text.startswith("Done: "):
                    told.update(TOKEN.findall(message.text))
        with self.owner.connect() as connection:
            rows = connection.execute(text("SELECT name FROM tickets WHERE name ~ '^T[0-9]{5}$'"))
            made = Counter(rows.scalars())
            failed = text(
                "SELECT deliveries.event ->> 'text', turns.id::text FROM deliveries"
                " JOIN turns ON turns.id = turn_id WHERE answer NOT LIKE 'Done: %'"
            )
            sentences = {
                TOKEN.findall(words)[0]: turn for words, turn in connection.execute(failed)
            }
        ended = {token for token, turn in sentences.items() if parts[ANSWER_KEY % (turn, 0)] == 1}
        lost = [x for x in self.said if not told[x] and x not in ended]
        doubled = [x for x in self.said if told[x] > 1]
        doubled += [key for key, n in parts.items() if n > 1]
        unmade = [x for x in self.said if told[x] and not made[x]]
        twice = [x for x, n in made.items() if n > 1]
        figures = {
            "messages": len(self.said),
            "threads": self.plan.threads,
            "answered exactly once": sum(told[x] == 1 for x in self.said),
            "ended in a sentence": len(ended - told.keys()),
            "lost": len(lost),
            "doubled": len(doubled),
            "still shown at work": len(at_work),
            "writes expected": sum(bool(told[x]) for x in self.said),
            "writes found": sum(made[x] for x in self.said if told[x]),
            "processes killed": self.kills,
            "database restarts": self.restarts,
            "deliveries repeated": self.balancer.doubled,
            "Slack's faults": self.faults,
            "the model's faults": f"{self.model.failed} of {self.model.asked}",
            "seconds": round(self.seconds),
        }
        wrong = {
            "lost": lost,
            "doubled": doubled,
            "at work": at_work,
            "not written": unmade,
            "written twice": twice,
        }
        return Outcome(figures, [f"{name}: {each}" for name, each in wrong.items() if each])
