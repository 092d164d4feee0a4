"""Slack and a model's provider in a process of their own, so that what they cost is not counted."""

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web

Json = dict[str, Any]

NOTE = "Swapped the dock."
TITLE = "VPN drops every hour"
ANSWER = "Done: {} has a note."


def script(ticket: str) -> tuple[tuple[tuple[str, Json], ...], ...]:
    """Return two reads at once, a write and another write; the answer follows."""
    return (
        (("get", {"record": ticket}), ("find_people", {"words": "Priya"})),
        (("add_note", {"on": ticket, "text": NOTE}),),
        (("create_ticket", {"name": TITLE}),),
    )


async def complete(request: web.Request) -> web.Response:
    asked = await request.json()
    await asyncio.sleep(int(request.match_info["think"]) / 1000)
    turn: list[Json] = []
    for message in reversed(asked["messages"]):
        if message["role"] == "user":
            ticket = message["content"].split()[-1]
            break
        turn.append(message)
    step = sum(message["role"] == "assistant" for message in turn)
    said: Json = {"role": "assistant", "content": ANSWER.format(ticket)}
    if step < len(script(ticket)):
        calls = [
            {
                "id": f"call_{time.monotonic_ns()}_{name}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(given)},
            }
            for name, given in script(ticket)[step]
        ]
        said = {"role": "assistant", "content": None, "tool_calls": calls}
    choice = {"index": 0, "message": said, "finish_reason": "stop"}
    return web.json_response(
        {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    )


class Slack:
    """Answers what the desk calls, and tells when the answer of a thread has been posted.

    That is a message of its own, or takes the place of one that showed the turn at work.
    """

    def __init__(self) -> None:
        self.posted: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.threads: dict[str, str] = {}

    async def api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        answer: Json = {"ok": True, "ts": f"{time.time():.6f}", "messages": []}
        if method == "auth.test":
            answer |= {"team_id": "T1", "user_id": "UBOT"}
        if method in ("chat.postMessage", "chat.startStream", "chat.update"):
            given = await request.json()
            thread = self.threads.setdefault(
                given.get("ts") or answer["ts"], given.get("thread_ts")
            )
            if given.get("text", "").startswith(ANSWER[:5]):
                self.posted[thread].set()
        return web.json_response(answer)

    async def answered(self, request: web.Request) -> web.Response:
        await self.posted[request.match_info["thread"]].wait()
        return web.Response()


async def main() -> None:
    slack, app = Slack(), web.Application(client_max_size=2**24)
    app.router.add_post("/think/{think}/v1/chat/completions", complete)
    app.router.add_post("/api/{method}", slack.api)
    app.router.add_get("/api/{method:conversations.replies}", slack.api)
    app.router.add_get("/answered/{thread}", slack.answered)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


class Neighbours:
    def __init__(self, url: str, session: ClientSession) -> None:
        self.url, self.session = url, session

    async def answered(self, thread: str) -> None:
        """Wait until the thread has its answer."""
        async with self.session.get(f"{self.url}/answered/{thread}") as response:
            response.raise_for_status()


@asynccontextmanager
async def neighbours() -> AsyncIterator[Neighbours]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __spec__.name, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        url = (await process.stdout.readline()).decode().strip()
        async with ClientSession() as session:
            yield Neighbours(url, session)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(main())
