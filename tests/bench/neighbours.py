"""Slack and a model's provider, imitated in another process, so that their CPU is not measured."""

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
WORD_TAKES = 0.03
"""Seconds that the model needs for each further word of a long answer."""


def script(ticket: str) -> tuple[tuple[tuple[str, Json], ...], ...]:
    """Return the model's tool calls, step by step: two reads, a write, another write."""
    return (
        (("get", {"records": ticket}), ("find_people", {"words": "Priya"})),
        (("add_note", {"on": ticket, "text": NOTE}),),
        (("create_ticket", {"name": TITLE}),),
    )


class Provider:
    """Answers at once, or word by word if the address says so and the request asks for a stream."""

    def __init__(self) -> None:
        self.began_at = 0.0
        """The time when the newest answer began to be streamed."""

    async def complete(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        await asyncio.sleep(int(request.match_info["think"]) / 1000)
        said = _next(asked["messages"])
        more = " word" * int(request.match_info["words"]) if said["content"] else ""
        if more and request.match_info["way"] == "streamed" and asked.get("stream"):
            return await self._stream(request, said["content"] + more)
        await asyncio.sleep(WORD_TAKES * more.count(" "))
        message = said | {"content": said["content"] and said["content"] + more}
        return web.json_response(_completion(message=message, finish_reason="stop"))

    async def _stream(self, request: web.Request, text: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        self.began_at = time.monotonic()
        for word in text.split(" "):
            chunk = _completion(delta={"content": f"{word} "}, finish_reason=None)
            await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
            await asyncio.sleep(WORD_TAKES)
        end = _completion(delta={}, finish_reason="stop")
        await response.write(f"data: {json.dumps(end)}\n\ndata: [DONE]\n\n".encode())
        return response


def _next(messages: list[Json]) -> Json:
    """Return the model's answer to these messages."""
    turn: list[Json] = []
    for message in reversed(messages):
        if message["role"] == "user":
            ticket = message["content"].split()[-1]
            break
        turn.append(message)
    step = sum(message["role"] == "assistant" for message in turn)
    if step == len(script(ticket)):
        return {"role": "assistant", "content": ANSWER.format(ticket)}
    calls = [
        {
            "id": f"call_{time.monotonic_ns()}_{name}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(given)},
        }
        for name, given in script(ticket)[step]
    ]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def _completion(**choice: Any) -> Json:
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, **choice}],
    }


class Slack:
    """Answers the desk's calls, and notices when the answer of a thread has been posted.

    An answer is a new message, or replaces the live message that showed progress. It also records
    how many seconds after the model's first word each answer began to be shown.
    """

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.delays: list[float] = []
        self.posted: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.threads: dict[str, str] = {}

    async def api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        answer: Json = {"ok": True, "ts": f"{time.time():.6f}", "messages": []}
        if method == "auth.test":
            answer |= {"team_id": "T1", "user_id": "UBOT"}
        if method in ("chat.startStream", "chat.appendStream"):
            self._shows(str(await request.json()))
        if method in ("chat.postMessage", "chat.startStream", "chat.update"):
            given = await request.json()
            thread = self.threads.setdefault(
                given.get("ts") or answer["ts"], given.get("thread_ts")
            )
            if given.get("text", "").startswith(ANSWER[:5]):
                self.posted[thread].set()
        return web.json_response(answer)

    def _shows(self, given: str) -> None:
        if ANSWER[:5] in given and self.provider.began_at:
            self.delays.append(time.monotonic() - self.provider.began_at)
            self.provider.began_at = 0.0

    async def answered(self, request: web.Request) -> web.Response:
        await self.posted[request.match_info["thread"]].wait()
        return web.Response()

    async def first_words(self, _: web.Request) -> web.Response:
        return web.json_response(self.delays)


async def main() -> None:
    provider = Provider()
    slack, app = Slack(provider), web.Application(client_max_size=2**24)
    app.router.add_post("/{way}/{think}/{words}/v1/chat/completions", provider.complete)
    app.router.add_get("/first_words", slack.first_words)
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

    async def first_words(self) -> list[float]:
        """Return for each answer the seconds from the model's first word until words were shown."""
        async with self.session.get(f"{self.url}/first_words") as response:
            return list(await response.json())


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
