"""Real desk processes that are killed without warning and started again, behind one address."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
from pathlib import Path

import aiohttp
from starlette.requests import Request
from starlette.responses import Response

from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]


class Replica:
    """One `python -m bot serve`, or another command, on a port of its own."""

    def __init__(self, folder: Path, environment: dict[str, str], command: str = "serve") -> None:
        folder.mkdir()
        self.command = command
        self.port = free_port()
        self.log = folder / "log"
        own = {"PORT": str(self.port), "DATA_DIR": str(folder), "PATH": os.environ["PATH"]}
        self.environment = environment | own
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as log:  # the process has a copy of its own
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", self.command, cwd=ROOT, env=self.environment,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    async def ready(self) -> None:
        """Wait until the process reports that it is ready."""
        async with aiohttp.ClientSession() as session:

            async def is_ready() -> bool:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"http://127.0.0.1:{self.port}/healthz") as answer:
                        return answer.status == 200
                return False

            try:
                await until(is_ready)
            except TimeoutError:
                raise TimeoutError(self.log.read_text()) from None

    async def end(self, how: signal.Signals) -> None:
        if self.process and self.process.returncode is None:
            self.process.send_signal(how)
            await asyncio.wait_for(self.process.wait(), PATIENCE)


class Balancer:
    """Hands a delivery to some replica; a share of them comes twice, and late."""

    def __init__(self, replicas: list[Replica], chance: random.Random, doubling: float) -> None:
        self.replicas, self.chance, self.doubling = replicas, chance, doubling
        self.session: aiohttp.ClientSession | None = None
        self.doubled = 0
        self._late: set[asyncio.Task[Response]] = set()

    async def serve(self, request: Request) -> Response:
        body, headers = await request.body(), dict(request.headers)
        if self.chance.random() < self.doubling:
            self.doubled += 1
            late = asyncio.create_task(self._after(self.chance.uniform(0, 2), body, headers))
            self._late.add(late)
            late.add_done_callback(self._late.discard)
            if self.chance.random() < 0.5:  # the first one is lost on its way
                return Response(status_code=502)
        return await self._forward(body, headers)

    async def _after(self, delay: float, body: bytes, headers: dict[str, str]) -> Response:
        await asyncio.sleep(delay)
        return await self._forward(body, headers)

    async def _forward(self, body: bytes, headers: dict[str, str]) -> Response:
        port = self.chance.choice(self.replicas).port
        self.session = self.session or aiohttp.ClientSession()
        try:
            async with self.session.post(
                f"http://127.0.0.1:{port}/slack/events", data=body, headers=headers
            ) as answer:
                return Response(await answer.read(), answer.status)
        except (aiohttp.ClientError, ConnectionError):
            return Response(status_code=502)

    async def close(self) -> None:
        await asyncio.gather(*self._late, return_exceptions=True)
        if self.session:
            await self.session.close()


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
