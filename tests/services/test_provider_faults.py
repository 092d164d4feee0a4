"""Answers that no provider should give, over HTTP, and refusals that another request avoids."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from services.agent.provider import ModelFault, ProviderModel, faults
from services.agent.transcript import NATIVE, USAGE, Message
from tests.services.dialects import Json, speaking
from tests.services.provider import KEY, Answer, fails, provider, says, streams

ASKED = [{"role": "user", "content": "hello"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "undo",
        "parameters": {"properties": {"model": {"type": "string", "pattern": "x"}}},
    },
}


async def complete(url: str, *, streamed: bool = False, times: int = 1) -> Message:
    """Ask the model and return its last answer."""
    model = ProviderModel(url, KEY, "scripted")
    try:
        for _ in range(times):
            said = await model.complete(ASKED, [TOOL], (lambda text: None) if streamed else None)
        return said
    finally:
        await model.close()


async def fault(url: str, *, streamed: bool = False) -> faults.Kind:
    with pytest.raises(ModelFault) as caught:
        await complete(url, streamed=streamed)
    return caught.value.kind


def body(text: str, **headers: str) -> Answer:
    return lambda: web.Response(text=text, content_type="application/json", headers=headers)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirect_to_another_host_is_not_followed(status: int) -> None:
    async with provider(says("From elsewhere")) as other:
        moved = fails(status, Location=f"{other.url}/chat/completions")
        async with provider(moved) as served:
            assert await fault(served.url) is faults.ADDRESS
        assert other.requests == []


async def test_server_that_asks_for_a_long_pause_is_busy_and_is_not_waited_for() -> None:
    for status in (429, 503):
        async with provider(fails(status, after_ms=0, **{"Retry-After": "60"})) as served:
            assert await fault(served.url) is faults.RATE
            assert len(served.requests) == 1


def refusing_streams(status: int, message: str) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        refused = (await request.json()).get("stream")
        made = fails(status, {"error": {"message": message}}) if refused else says("Hi")
        return made()  # type: ignore[return-value]

    answer.takes_request = True  # type: ignore[attr-defined]
    return answer  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "Unrecognized request argument supplied: stream_options"),
        (400, "SSE responses are unsupported"),
        (500, "Streaming with tools is not supported"),
        (501, "streaming"),
    ],
)
async def test_server_that_refuses_to_stream_is_no_longer_asked_to(
    status: int, message: str
) -> None:
    async with provider(refusing_streams(status, message)) as served:
        assert (await complete(served.url, streamed=True, times=2))["content"] == "Hi"
    assert "stream" not in served.requests[-1]
    assert sum("stream" not in each for each in served.requests) == 2


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (429, "temporarily rate-limited upstream"),
        (503, "upstream connect error"),
        (500, "The server had an error while streaming"),
        (401, "this key is not valid for streaming"),
    ],
)
async def test_fault_that_mentions_streams_does_not_switch_streaming_off(
    status: int, message: str
) -> None:
    script = [fails(status, {"error": {"message": message}})] * 3
    async with provider(*script, streams("Hi")) as served:
        with pytest.raises(ModelFault):
            await complete(served.url, streamed=True)
        assert all(each.get("stream") for each in served.requests)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "failed to parse grammar"),
        (400, "Provider returned error"),
        (400, "Request contains an invalid argument."),
        (400, "In context=('properties', 'model'), 'pattern' is not supported"),
        (422, "Invalid regex"),
        (500, "JSON schema conversion failed: Pattern must start with '^'"),
        (501, "schema"),
    ],
)
async def test_refusal_that_may_be_about_tool_schemas_is_answered_with_plain_ones(
    status: int, message: str
) -> None:
    def refuses(request: Json) -> str | None:
        return message if "pattern" in str(request.get("tools")) else None

    async with provider(speaking(refuses, [says("Hi")], status)) as served:
        assert (await complete(served.url))["content"] == "Hi"


@pytest.mark.parametrize(
    ("chunk", "kind"),
    [
        ({"message": "overloaded", "type": "overloaded_error"}, faults.RATE),
        ({"object": "error", "message": "engine died", "code": 500}, faults.DOWN),
        ({"detail": "engine died"}, faults.DOWN),
        ({"choices": [{"delta": {}, "error": {"code": 429, "message": "x"}}]}, faults.RATE),
    ],
    ids=str,
)
async def test_error_in_the_middle_of_a_stream_is_not_taken_for_its_end(
    chunk: Json, kind: faults.Kind
) -> None:
    async with provider(streams("Half a", chunk)) as served:
        assert await fault(served.url, streamed=True) is kind


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (body('{"choices": 5}'), faults.EMPTY),
        (body('{"choices": [{"message": {"tool_calls": 5}}]}'), faults.EMPTY),
        (body("[" * 100_000), faults.ADDRESS),
        (body("{}", **{"Content-Encoding": "gzip"}), faults.DOWN),
    ],
    ids=["choices", "calls", "nested", "gzip"],
)
async def test_answer_of_an_impossible_form_is_a_fault(
    answer: Answer, kind: faults.Kind, streamed: bool
) -> None:
    async with provider(answer) as served:
        assert await fault(served.url, streamed=streamed) is kind


LATE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"HELLO\r\n\r\n",
        LATE + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
        LATE + b"Transfer-Encoding: chunked\r\n\r\n{}\n\n",
        b"HTTP/1.1 400 X\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nMaximum con",
    ],
    ids=["no HTTP", "long header", "no chunks", "cut"],
)
async def test_server_that_does_not_speak_http_cannot_be_reached(sent: bytes) -> None:
    async with raw(sent) as url:
        assert await fault(url) is faults.DOWN


@asynccontextmanager
async def raw(sent: bytes) -> AsyncIterator[str]:
    """Answer each connection with these bytes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


async def test_numbers_that_the_database_cannot_hold_become_texts() -> None:
    said = '"content": "Hi", "score": NaN, "seed": 123456789012345678901234567890, "large": 1e30'
    usage = '"usage": {"cost": NaN, "prompt_tokens": Infinity, "completion_tokens": 3}'
    async with provider(body(f'{{"choices": [{{"message": {{{said}}}}}], {usage}}}')) as served:
        message = await complete(served.url)
    native: dict[str, Any] = message[NATIVE]["message"]
    assert native == {"seed": "1.2345678901234568e+29", "large": "1e+30"}
    assert message[USAGE] == {"completion_tokens": 3}
