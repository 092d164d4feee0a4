"""How fast the desk acknowledges Slack's events under load, and whether its memory grows."""

import asyncio
import json
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from signal import SIGTERM

from aiohttp import ClientSession
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import Engine, create_engine, insert, text

from services.demo import load_demo
from services.entities.setting import Setting
from services.limits import PRESETS
from services.storage.accounts import owner_url
from services.storage.migrate import migrate
from services.storage.postgres import embedded
from tests.bench.neighbours import neighbours
from tests.chaos.replicas import Replica
from tests.fixtures import DANIEL

A_SECOND = 200
SETTLED = 1_000
"""How many turns fill the caches: memory that grows before that is no leak."""
SECRET = "0" * 32


async def run(seconds: int = 50) -> bool:
    """Send mentions at a steady rate, each in a thread of its own, until all are answered.

    Fifty seconds make ten thousand turns.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(embedded(folder / "db", durable=False))
        migrate(url)
        load_demo(url)
        owner = create_engine(owner_url(url))
        _admit(owner)
        around = await stack.enter_async_context(neighbours())
        desk = Replica(
            folder / "desk",
            {
                "DATABASE_URL": url,
                "SLACK_API_URL": f"{around.url}/api/",
                "SLACK_BOT_TOKEN": "xoxb-bench",
                "SLACK_SIGNING_SECRET": SECRET,
                "LLM_BASE_URL": f"{around.url}/think/1000/v1",
                "LLM_API_KEY": "sk-bench",
                "LLM_MODELS": "m",
            },
        )
        await desk.start()
        stack.push_async_callback(desk.end, SIGTERM)
        session = await stack.enter_async_context(ClientSession())
        await desk.ready()
        times = await _mention(session, desk, seconds)
        good = _told(times)
        return await _remembers_little(desk, owner, len(times)) and good


def _admit(owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE people SET slack_id = 'UDANIEL' WHERE id = :id"), {"id": DANIEL}
        )
        connection.execute(insert(Setting), [{"key": name, "value": 10**6} for name in PRESETS])


async def _mention(session: ClientSession, desk: Replica, seconds: int) -> list[float]:
    begun = time.perf_counter()
    under_way = []
    for number in range(A_SECOND * seconds):
        await asyncio.sleep(begun + number / A_SECOND - time.perf_counter())
        under_way.append(asyncio.create_task(_acknowledged(session, desk, number)))
    return await asyncio.gather(*under_way)


async def _acknowledged(session: ClientSession, desk: Replica, number: int) -> float:
    event = {"type": "app_mention", "channel": "C1", "user": "UDANIEL", "text": "<@UBOT> TKT-12"}
    ts = f"1700000000.{number:06d}"
    body = json.dumps({"type": "event_callback", "team_id": "T1", "event": {**event, "ts": ts}})
    now = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": str(
            SignatureVerifier(SECRET).generate_signature(timestamp=now, body=body)
        ),
    }
    start = time.perf_counter()
    url = f"http://127.0.0.1:{desk.port}/slack/events"
    async with session.post(url, data=body, headers=headers) as answer:
        answer.raise_for_status()
    return time.perf_counter() - start


def _told(times: list[float]) -> bool:
    middle, late, last = (
        statistics.median(times),
        statistics.quantiles(times, n=100)[98],
        max(times),
    )
    good = late < 0.3 and last < 3
    print(
        f"{len(times):,} mentions, {A_SECOND} a second: acknowledged within {middle * 1000:.0f} ms"
        f" (median), {late * 1000:.0f} ms (p99; goal 300), {last * 1000:.0f} ms (all; goal 3,000)"
        f"{'' if good else '  missed'}",
        flush=True,
    )
    return good


async def _remembers_little(desk: Replica, owner: Engine, turns: int) -> bool:
    settled = None
    while (done := await asyncio.to_thread(_answered, owner)) < turns:
        if settled is None and done >= SETTLED:
            settled = _megabytes(desk)
        await asyncio.sleep(1)
    settled, end = settled or _megabytes(desk), _megabytes(desk)
    good = end < 1.1 * settled
    print(
        f"memory: {settled:.0f} MB after the first turns, {end:.0f} MB after {turns:,}"
        f" (goal: no more than a tenth){'' if good else '  missed'}"
    )
    return good


def _answered(owner: Engine) -> int:
    with owner.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM turns WHERE state <> 'running'")))


def _megabytes(desk: Replica) -> float:
    assert desk.process
    status = Path(f"/proc/{desk.process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024
