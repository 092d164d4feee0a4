"""Put the chunks of a streamed response together into one response."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import orjson

Hear = Callable[[str], None]
"""A function that is called with the text of an unfinished answer each time it grows."""

PAUSE = 0.1
"""Seconds in which chunks of an answer arrive before they are read together.

Reading each chunk when it arrives would take a third more CPU.
"""

_DATA, _BETWEEN = b"data:", re.compile(rb"\r?\n\r?\n|\r\r")
"""The beginning of a line of a server-sent event, and what stands between two events."""

_REPLACED = ("role", "type", "id", "name", "index", "finish_reason")
"""The fields that some servers repeat in each chunk; texts in other fields are appended."""


class StreamBroke(Exception):  # noqa: N818
    """The connection broke in the middle of a response."""


async def read_whole(response: httpx2.Response, hear: Hear) -> object:
    """Return the whole response; call `hear` with the text of the answer each time it grows.

    A body that is no stream is parsed as a whole response: some servers ignore `stream`.
    """
    try:
        if "text/event-stream" in response.headers.get("content-type", ""):
            return await _put_together(response, hear)
        return orjson.loads(await response.aread())
    except httpx2.TransportError as error:
        raise StreamBroke from error
    finally:
        await response.aclose()


async def _put_together(response: httpx2.Response, hear: Hear) -> object:
    choice: dict[str, Any] = {}
    usage, heard = None, ""
    async for chunks in _arriving(response):
        for chunk in chunks:
            if chunk.get("error"):
                return {"error": chunk["error"]}
            usage = chunk.get("usage") or usage
            for each in chunk.get("choices") or ():
                if isinstance(each, dict):
                    delta = each.get("delta") if isinstance(each.get("delta"), dict) else {}
                    grow(choice, {"message": delta, "finish_reason": each.get("finish_reason")})
        text = choice.get("message", {}).get("content")
        if text != heard and isinstance(text, str):
            hear(text)
            if heard:  # the first words are shown at once
                await asyncio.sleep(PAUSE)
            heard = text
    return {"choices": [choice] if choice else [], "usage": usage}


async def _arriving(response: httpx2.Response) -> AsyncIterator[list[dict[str, Any]]]:
    """Yield the JSON objects of server-sent events, together those that have arrived together.

    The SDK's decoder takes four times as long, and half of the CPU that streaming needs.
    """
    rest = b""
    async for part in response.aiter_bytes():
        *events, rest = _BETWEEN.split(rest + part)
        yield [chunk for event in events for chunk in _decoded(event)]
    yield _decoded(rest)


def _decoded(event: bytes) -> list[dict[str, Any]]:
    """Return the JSON object of an event; none for comments, the sign of the end, other values."""
    lines = (line[len(_DATA) :] for line in event.splitlines() if line.startswith(_DATA))
    data = b"".join(lines).strip()
    value = orjson.loads(data) if data and not data.startswith(b"[DONE]") else None
    return [value] if isinstance(value, dict) else []


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
