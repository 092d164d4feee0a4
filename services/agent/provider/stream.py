"""Read a response: a stream of server-sent events or one JSON value, whatever its headers say.

Servers differ in how they write a stream. What they add to keep a connection open is left out.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2

from services.agent.provider.answer import text_of
from services.agent.provider.chunks import add_chunk
from services.agent.provider.errors import error_in
from services.agent.provider.values import as_dict, listed

Hear = Callable[[str], None]
"""A function that is called with the text of an unfinished answer each time it grows."""

PAUSE = 0.1
"""Seconds in which an answer's chunks gather before they are read together.

Reading each chunk when it arrives would take a third more CPU.
"""

FULL = 16 * 1024
"""The maximum number of bytes that the transport returns at once; then more may have arrived."""

GRACE = 1.0
"""Seconds that a finished answer waits for the usage and the end of the response."""

GRACE_WHEN_DONE = 0.1
"""The same after `[DONE]`: the connection can be used again if the response ends."""

_DONE = "[DONE]"
_BYTE_ORDER_MARK = "\ufeff"


class StreamError(Exception):
    """The response broke off, or a part of it can't be read."""


async def read_stream(response: httpx2.Response, hear: Hear, arrived: Callable[[], None]) -> object:
    """Return the whole response.

    Meanwhile call `hear` with its text so far, and `arrived` whenever chunks have arrived.
    """
    body, heard, unread = _Body(), "", bytearray()
    bursts = aiter(response.aiter_bytes())
    try:
        while (burst := await _next(bursts, body.grace)) is not None:
            unread += burst
            complete, newline, unread = unread.rpartition(b"\n")
            if newline and body.read(complete):
                arrived()
            text = body.text
            if text and text != heard:
                hear(text)
                # The first words are shown at once, and a finished answer is not held back.
                if heard and body.grace is None and len(burst) < FULL:
                    await asyncio.sleep(PAUSE)
                heard = text
        body.read(unread)
        return body.whole()
    except (httpx2.RequestError, ValueError) as error:
        raise StreamError from error
    finally:
        await response.aclose()


async def _next(bursts: AsyncIterator[bytes], grace: float | None) -> bytes | None:
    """Return the next bytes; None at the end, which for a finished answer comes after `grace`."""
    try:
        async with asyncio.timeout(grace):
            return await anext(bursts, None)
    except (TimeoutError, httpx2.RequestError):
        if grace is None:
            raise
        return None


def read_body(body: bytes) -> object:
    """Return the response in a complete body, a stream or JSON; raise `ValueError` if none."""
    read = _Body()
    read.read(body)
    return read.whole()


class _Body:
    """A response's body, read line by line."""

    def __init__(self) -> None:
        self._choice: dict[str, Any] = {}
        self._usage: object = None
        self._error: object = None
        self._done = False
        self._chunks = 0
        self._event: list[str] = []
        """The `data:` lines of the current event that are no chunk by themselves."""
        self._other: list[str] = []
        """The lines outside of events; they may be one JSON value."""

    @property
    def text(self) -> str | None:
        return text_of(as_dict(self._choice.get("message")).get("content"))

    @property
    def grace(self) -> float | None:
        """Seconds to wait for the rest; None as long as the answer is not finished."""
        if self._done or self._error:
            return GRACE_WHEN_DONE
        return GRACE if self._choice.get("finish_reason") else None

    def read(self, text: bytes | bytearray) -> bool:
        """Read complete lines; return whether they held a chunk."""
        before = self._chunks
        for line in text.splitlines():
            self._read_line(line.decode(errors="replace").removeprefix(_BYTE_ORDER_MARK))
        return self._chunks > before

    def whole(self) -> object:
        """Return the response; raise `ValueError` if its body ended too early or can't be read."""
        self._end_event()
        if not self._done and not self._chunks:
            return _parsed("\n".join(self._other))
        if self._error:
            return {"error": self._error}
        if not self._done and not self._choice.get("finish_reason"):
            raise ValueError("The stream ended in the middle of an answer.")
        return {"choices": [self._choice] if self._choice else [], "usage": self._usage}

    def _read_line(self, line: str) -> None:
        field, _, value = line.partition(":")
        if field == "data":
            # Some servers write no blank line after an event.
            if not self._read_event(value):
                self._event.append(value)
        elif line.strip():
            self._other.append(line)
        else:
            self._end_event()

    def _end_event(self) -> None:
        data = "\n".join(self._event).strip()
        self._event.clear()
        if data.startswith("{") and not self._read_event(data):
            raise ValueError("A chunk of the stream can't be read.")

    def _read_event(self, data: str) -> bool:
        """Read the data of an event; return False if it is not a whole chunk."""
        if data.strip() == _DONE:
            self._done = True
            return True
        try:
            chunk = _parsed(data)
        except ValueError:
            return False
        if isinstance(chunk, dict):
            self._add(chunk)
        return isinstance(chunk, dict)

    def _add(self, chunk: dict[str, Any]) -> None:
        self._chunks += 1
        self._error = self._error or error_in(chunk)
        self._usage = chunk.get("usage") or self._usage
        for choice in listed(chunk.get("choices")):
            if isinstance(choice, dict):
                add_chunk(self._choice, choice)


def _number(digits: str) -> int | float:
    """Return an integer; a float if it is too large for Postgres and orjson."""
    return int(digits) if len(digits) < 19 else float(digits)


_DECODER = json.JSONDecoder(parse_constant=lambda _: None, parse_int=_number)
"""A decoder that reads NaN and Infinity, which are not JSON, as None."""


def _parsed(text: str) -> object:
    try:
        return _DECODER.decode(text.strip())
    except RecursionError as error:
        raise ValueError from error
