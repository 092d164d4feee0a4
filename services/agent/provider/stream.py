"""Put the chunks of a streamed response together into one response."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import httpx2
import orjson
from openai import APIConnectionError, APIError, AsyncStream

Hear = Callable[[str], None]
"""A function that is called with the text of an unfinished answer each time it grows."""

PAUSE = 0.1
"""Seconds in which an answer's chunks gather before they are read together.

Reading each chunk when it arrives would take a third more CPU.
"""

FULL = 16 * 1024
"""The maximum number of bytes that the transport returns at once; then more may have arrived."""

_REPLACED = ("role", "type", "id", "name", "index", "finish_reason")
"""The fields that some servers repeat in each chunk; texts in other fields are appended."""


class _Bursts(httpx2.AsyncByteStream):
    """A response's bytes; while `pausing`, they are read in bursts."""

    def __init__(self, arriving: httpx2.AsyncByteStream) -> None:
        self._arriving = arriving
        self.pausing = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for burst in self._arriving:
            yield burst
            if self.pausing and len(burst) < FULL:
                await asyncio.sleep(PAUSE)

    async def aclose(self) -> None:
        await self._arriving.aclose()


class StreamBroke(Exception):  # noqa: N818
    """The connection broke in the middle of a response."""


async def read_whole(stream: AsyncStream[object], hear: Hear) -> object:
    """Return the whole response; call `hear` with its text so far at each chunk.

    A body that is no stream is parsed as a whole response: some servers ignore `stream`.
    """
    try:
        if "text/event-stream" not in stream.response.headers.get("content-type", ""):
            return orjson.loads(await stream.response.aread())
        return await _put_together(stream, hear)
    except (APIConnectionError, httpx2.TransportError) as error:
        raise StreamBroke from error
    except APIError as error:  # an error among the chunks
        return {"error": error.body}


async def _put_together(stream: AsyncStream[object], hear: Hear) -> object:
    choice: dict[str, Any] = {}
    usage, heard = None, ""
    bursts = _Bursts(cast(httpx2.AsyncByteStream, stream.response.stream))
    stream.response.stream = bursts
    async for chunk in stream:
        if not isinstance(chunk, dict):
            continue
        usage = chunk.get("usage") or usage
        for each in chunk.get("choices") or ():
            if isinstance(each, dict):
                delta = each.get("delta") if isinstance(each.get("delta"), dict) else {}
                grow(choice, {"message": delta, "finish_reason": each.get("finish_reason")})
        text = choice.get("message", {}).get("content")
        if text and isinstance(text, str):
            hear(text)
            # The first words are shown at once, and a finished answer is not held back.
            bursts.pausing = bool(heard) and text != heard
            heard = text
    return {"choices": [choice] if choice else [], "usage": usage}


def grow(whole: dict[str, Any], part: dict[str, Any]) -> None:
    """Merge a chunk of a message into what has arrived of it: texts and lists are appended."""
    for name, value in part.items():
        if value is not None:
            whole[name] = _grown(name, whole.get(name), value)


def _grown(name: str, before: Any, value: Any) -> Any:
    match before, value:
        case _, list() if name == "tool_calls":
            return _calls(before if isinstance(before, list) else [], value)
        case dict() | None, dict():
            whole = before or {}
            grow(whole, value)
            return whole
        case list(), list():
            return before + value
        case str(), str() if name not in _REPLACED:
            return before + value
        case str(), "":
            return before
        case _:
            return value


def _calls(whole: list[dict[str, Any]], parts: list[Any]) -> list[dict[str, Any]]:
    """Return the calls with the parts of a chunk merged in, each into the call of its index."""
    for part in parts:
        if isinstance(part, dict):
            place = part.get("index")
            known = (each for each in whole if place is not None and each.get("index") == place)
            call = next(known, None)
            if call is None:
                whole.append(call := {})
            grow(call, part)
    return whole
