"""A model's provider over HTTP: it answers from a script and records the requests."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]
Answer = Callable[..., web.Response | Awaitable[web.StreamResponse]]
"""A scripted answer; if it has the attribute `takes_request`, it is called with the request."""

KEY = "sk-the-key-nobody-may-read"


def completion(message: Json, usage: Json | None = None, finish: str = "stop") -> Answer:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    body = {"id": "1", "object": "chat.completion", "choices": [choice], "usage": usage}
    return lambda: web.json_response(body)


def says(text: str | None) -> Answer:
    return completion({"content": text})


def calls(*made: tuple[str, Any], ids: bool = True) -> Answer:
    """Answer with tool calls; arguments that are no dict are sent as they are."""
    return completion({"content": None, "tool_calls": [_call(*each, ids) for each in made]})


def _call(name: str, arguments: Any, with_id: bool) -> Json:
    given = json.dumps(arguments) if isinstance(arguments, dict) else arguments
    named = {"id": f"call_{abs(hash((name, given))):x}"} if with_id else {}
    return {**named, "type": "function", "function": {"name": name, "arguments": given}}


def streams(*chunks: Json | str, pause: Callable[[int], Awaitable[None]] | None = None) -> Answer:
    """Answer with a stream of chunks; a text becomes a chunk of content. `pause` precedes each."""

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number, chunk in enumerate(chunks):
            if pause:
                await pause(number)
            body = {"choices": [{"index": 0, "delta": {"content": chunk}}]}
            given = json.dumps(body if isinstance(chunk, str) else chunk)
            await response.write(f"data: {given}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response

    stream.takes_request = True  # type: ignore[attr-defined]
    return stream


def sends(body: str | bytes, content_type: str = "text/event-stream") -> Answer:
    given = body.encode() if isinstance(body, str) else body
    return lambda: web.Response(body=given, headers={"Content-Type": content_type})


def fails(status: int, body: Any = None, after_ms: int = 1, **headers: str) -> Answer:
    """Answer with an error whose body repeats the key; `after_ms` is the delay before a retry."""
    error = body or {"error": {"code": status, "message": f"no luck with {KEY}"}}
    waits = {"retry-after-ms": str(after_ms)} if after_ms else {}
    return lambda: web.json_response(error, status=status, headers={**waits, **headers})


def page(text: str = f"<html>Sign in, {KEY}</html>") -> Answer:
    return lambda: web.Response(text=text, content_type="text/html")


@dataclass
class Provider:
    """A provider that answers from `script`, and repeats its last answer."""

    script: list[Answer]
    requests: list[Json] = field(default_factory=list)
    headers: list[Json] = field(default_factory=list)
    url: str = ""
    models: list[Json] | Answer | None = None
    """The answer to `/models`, as a list or as a scripted answer; None for a 404."""

    def results(self) -> list[str]:
        """Return the tool results of the latest request."""
        return [each["content"] for each in self.requests[-1]["messages"] if each["role"] == "tool"]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        entry = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return await made(entry, request)

    async def list_models(self, request: web.Request) -> web.StreamResponse:
        if self.models is None:
            return web.json_response({"error": {"message": "no such address"}}, status=404)
        if callable(self.models):
            return await made(self.models, request)
        return web.json_response({"object": "list", "data": self.models})


async def made(answer: Answer, request: web.Request) -> web.StreamResponse:
    response = answer(request) if hasattr(answer, "takes_request") else answer()
    return await response if asyncio.iscoroutine(response) else response  # type: ignore[return-value]


async def cut(request: web.Request) -> web.StreamResponse:
    """Close the connection in the middle of the body."""
    response = web.StreamResponse(headers={"Content-Length": "1000", "retry-after-ms": "1"})
    response.content_type = "application/json"
    await response.prepare(request)
    await response.write(b'{"choices": [')
    assert request.transport
    request.transport.close()
    return response


cut.takes_request = True  # type: ignore[attr-defined]


@asynccontextmanager
async def provider(*script: Answer) -> AsyncIterator[Provider]:
    served = Provider(list(script))
    app = web.Application()
    app.router.add_post("/v1/chat/completions", served.answer)
    app.router.add_get("/v1/models", served.list_models)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    served.url = f"http://{host}:{port}/v1"
    try:
        yield served
    finally:
        await runner.cleanup()


def llm(url: str) -> Json:
    """Return the settings of a desk that uses this provider."""
    return {"llm_base_url": url, "llm_api_key": KEY, "llm_models": ("scripted",)}
