"""What a turn costs: the whole desk, compared with a bare loop of the openai SDK.

Both call a model four times (two reads, then two writes, then the answer) with the same tools and
rights over the same database, and post the answer. The desk also stores the delivery and each
step, and would survive a crash after any of them; the bare loop is the one in the SDK's docs.
"""

import asyncio
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from openai import AsyncOpenAI
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import create_engine, insert, text

from bot.process import open_runtime, working
from bot.runtime import Runtime
from bot.slack.listeners.inbox import Inbox
from services.agent import loop
from services.agent.tool_calls import OFFERED, result_text
from services.agent.transcript import Step, Thread, Turn
from services.context import Actor, Role, acting
from services.demo import load_demo
from services.entities.setting import Setting
from services.limits import PRESETS
from services.settings import Settings
from services.storage.accounts import owner_url
from services.storage.migrate import migrate
from services.storage.postgres import embedded
from tests.bench.neighbours import NOTE, TITLE, Neighbours, neighbours
from tests.fixtures import DANIEL

ROUNDS = 41
AT_A_TIME = 16
MANY = 128
THINKING = 300
"""Milliseconds that the model needs for each call when many conversations are measured."""
LONG_ANSWER = 60
"""How many words a streamed answer has."""
STREAM_ROUNDS, ALONE = 3, 9
FIRST_WORDS = 300.0
"""The maximum milliseconds from the model's first word until words are shown."""
CALLS = 4
WORDS = f"Please open a ticket “{TITLE}”, and note “{NOTE}” on TKT-12"
"""The request has all texts that the model writes, so that no change waits for consent."""
TOOLS = 24
SCHEMAS = [tool.schema for tool in OFFERED.values()]
"""The tools that both offer the model, plus copies that it never calls, up to TOOLS."""
SCHEMAS += [
    {"type": "function", "function": {**schema["function"], "name": f"unused_{place}"}}
    for place, schema in enumerate(SCHEMAS[: max(0, TOOLS - len(SCHEMAS))])
]
loop.schemas_for = lambda _: SCHEMAS
NUMBERS = itertools.count(1)
"""Numbers of the messages, none twice: a repeated delivery gets no answer."""

Turns = Callable[[str | None], Awaitable[None]]
"""A function that runs one turn, in a new thread or in the prepared one that is named."""


def history() -> list[dict[str, Any]]:
    """Return a thread of sixty messages: fifteen turns that each read a ticket."""
    said: list[dict[str, Any]] = []
    for number in range(15):
        call = {"name": "get", "arguments": json.dumps({"record": f"TKT-{number + 1}"})}
        said += [
            {"role": "user", "content": f"What about TKT-{number + 1}, is somebody on it?"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": f"call_{number}", "type": "function", "function": call}],
            },
            {"role": "tool", "tool_call_id": f"call_{number}", "content": "Status: Open. " * 40},
            {"role": "assistant", "content": f"TKT-{number + 1} is open; Daniel Okafor has it."},
        ]
    return said


@dataclass
class Desk:
    """Runs whole turns of the desk: from the delivery to the posted answer."""

    runtime: Runtime
    neighbours: Neighbours

    async def turn(self, thread: str | None) -> None:
        ts = f"1700000000.{next(NUMBERS):06d}"
        event = {"type": "message", "channel_type": "im", "channel": "D1", "user": "UDANIEL"}
        event |= {"ts": ts, "text": WORDS} | ({"thread_ts": thread} if thread else {})
        await Inbox(self.runtime)({"event": event}, _nothing)
        await self.neighbours.answered(thread or ts)


async def _nothing() -> Any:
    raise AssertionError


@dataclass
class Bare:
    """Runs turns by the loop of the SDK's documentation; it stores nothing."""

    runtime: Runtime
    client: AsyncOpenAI
    slack: AsyncWebClient

    async def turn(self, thread: str | None) -> None:
        messages: list[Any] = [{"role": "system", "content": "You are a service desk."}]
        messages += [*(history() if thread else []), {"role": "user", "content": WORDS}]
        while True:
            answer = await self.client.chat.completions.create(
                model="m",
                messages=messages,
                tools=SCHEMAS,  # type: ignore[arg-type]
            )
            said = answer.choices[0].message
            messages.append(said)
            if not said.tool_calls:
                break
            for call in said.tool_calls:
                result = await self._call(call.function)  # type: ignore[union-attr]
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
        await self.slack.chat_postMessage(channel="D1", thread_ts="bare", text=str(said.content))

    async def _call(self, function: Any) -> str:
        async with acting(self.runtime.database, Actor(DANIEL, Role.technician)) as ctx:
            given = json.loads(function.arguments)
            tool = OFFERED[function.name]
            return await result_text(ctx, tool, await tool(ctx, **given))


async def run() -> bool:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder), durable=False) as url:
        migrate(url)
        load_demo(url)
        async with neighbours() as around:
            async with _both(url, around) as (desk, bare):
                threads = iter(_prepared(url, 2 * ROUNDS + 20))
                print(f"{'':44}{'bare':>9}{'desk':>9}{'ratio':>8}{'goal':>8}")
                good = [
                    await _alone(
                        "alone, a short thread", "ms", desk, bare, itertools.repeat(None), 1
                    ),
                    await _alone("alone, after 60 messages", "ms", desk, bare, threads, 1 / 3),
                    await _together(desk, bare),
                ]
            async with _both(url, around, think=THINKING) as (desk, _):
                good.append(await _many(desk))
            good += await _streamed(url, around)
    return all(good)


@asynccontextmanager
async def _both(
    url: str, around: Neighbours, think: int = 0, words: int = 0, way: str = "whole"
) -> AsyncIterator[tuple[Turns, Turns]]:
    base = f"{around.url}/{way}/{think}/{words}/v1"
    settings = Settings.load(
        _env_file=None,
        slack_api_url=f"{around.url}/api/",
        slack_bot_token="xoxb-bench",
        slack_signing_secret="0" * 32,
        llm_base_url=base,
        llm_api_key="sk-bench",
        llm_models=("m",),
    )
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(open_runtime(settings, url))
        await stack.enter_async_context(working(runtime))
        client = await stack.enter_async_context(AsyncOpenAI(base_url=base, api_key="sk-bench"))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        slack = AsyncWebClient("xoxb-bench", base_url=f"{around.url}/api/", session=session)
        yield Desk(runtime, around).turn, Bare(runtime, client, slack).turn


def _prepared(url: str, count: int) -> list[str]:
    """Create threads of sixty messages, and raise the limits per hour."""
    engine = create_engine(owner_url(url))
    names = [f"1600000000.{number:06d}" for number in range(count)]
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE people SET slack_id = 'UDANIEL' WHERE id = :id"), {"id": DANIEL}
        )
        connection.execute(insert(Setting), [{"key": name, "value": 10**6} for name in PRESETS])
        for name in names:
            place = {"key": f"T1:D1:{name}", "channel": "D1", "thread_ts": name}
            thread = connection.scalar(insert(Thread).values(place).returning(Thread.id))
            values = {"thread_id": thread, "person_id": DANIEL, "audience": "private"}
            values |= {"state": "answered", "answer": "…"}
            turn = connection.scalar(insert(Turn).values(values).returning(Turn.id))
            connection.execute(
                insert(Step), [{"turn_id": turn, "message": each} for each in history()]
            )
    engine.dispose()
    return names


async def _alone(name: str, unit: str, desk: Turns, bare: Turns, threads: Any, goal: float) -> bool:
    """Compare the medians of turns run alternately, one at a time."""
    times: dict[Turns, list[float]] = {desk: [], bare: []}
    for _ in range(ROUNDS):
        thread = next(threads)
        for turn in (bare, desk):
            times[turn].append(await _timed(turn(thread)))
    ours, theirs = (statistics.median(times[turn]) * 1000 for turn in (desk, bare))
    return _told(
        f"{name}, {unit}", theirs, ours, ours / theirs, f"≤ {goal:.2f}", ours <= goal * theirs
    )


async def _together(desk: Turns, bare: Turns) -> bool:
    rates = []
    for turn in (bare, desk):
        runs = [
            await _timed(asyncio.gather(*(turn(None) for _ in range(AT_A_TIME)))) for _ in range(9)
        ]
        rates.append(AT_A_TIME / statistics.median(runs))
    theirs, ours = rates
    return _told(
        f"{AT_A_TIME} at a time, turns a second",
        theirs,
        ours,
        ours / theirs,
        "≥ 2.00",
        ours >= 2 * theirs,
    )


async def _many(desk: Turns) -> bool:
    """Compare a turn among many with the time that the model alone takes."""
    ideal = CALLS * THINKING / 1000

    async def conversation() -> list[float]:
        return [await _timed(desk(None)) for _ in range(3)]

    runs = await asyncio.gather(*(conversation() for _ in range(MANY)))
    median = statistics.median(itertools.chain(*runs))
    return _told(
        f"{MANY} conversations, {THINKING} ms a call, s a turn",
        ideal,
        median,
        median / ideal,
        "≤ 1.15",
        median <= 1.15 * ideal,
    )


async def _streamed(url: str, around: Neighbours) -> list[bool]:
    """Compare streamed answers with those that the provider returns whole after the same time."""
    spent: dict[str, list[float]] = {"whole": [], "streamed": []}
    for way, times in list(spent.items()) * STREAM_ROUNDS:
        async with _both(url, around, words=LONG_ANSWER, way=way) as (desk, _):
            await asyncio.gather(*(desk(None) for _ in range(AT_A_TIME)))
            for _ in range(3):
                begun = time.process_time()
                await asyncio.gather(*(desk(None) for _ in range(AT_A_TIME)))
                times.append((time.process_time() - begun) / AT_A_TIME * 1000)
    whole, streamed = (statistics.median(times) for times in spent.values())
    async with _both(url, around, words=LONG_ANSWER, way="streamed") as (desk, _):
        for _ in range(ALONE):
            await desk(None)
    delay = statistics.median((await around.first_words())[-ALONE:]) * 1000
    ratio = streamed / whole
    return [
        _told("streamed answers, CPU ms a turn", whole, streamed, ratio, "≤ 1.15", ratio <= 1.15),
        _told(
            "first words shown, ms",
            FIRST_WORDS,
            delay,
            delay / FIRST_WORDS,
            "≤ 1.00",
            delay <= FIRST_WORDS,
        ),
    ]


async def _timed(turn: Awaitable[Any]) -> float:
    start = time.perf_counter()
    await turn
    return time.perf_counter() - start


def _told(name: str, theirs: float, ours: float, ratio: float, goal: str, good: bool) -> bool:
    print(
        f"{name:44}{theirs:9.2f}{ours:9.2f}{ratio:8.2f}{goal:>8}{'' if good else '  missed'}",
        flush=True,
    )
    return good
