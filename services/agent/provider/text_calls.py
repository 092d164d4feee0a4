"""Find tool calls in a model's text: some local servers don't parse them."""

import json
import re
from collections.abc import Collection
from typing import Any

Json = dict[str, Any]

_MARKS = re.compile(
    r"</?tool_calls?>|<\|/?tool_calls?(?:_begin|_end)?\|>|\[/?TOOL_CALLS?\]|<\|python_tag\|>"
    r"|</?function_calls?>|```(?:json|tool_call|tool_code)?",
    re.IGNORECASE,
)
_FUNCTION = re.compile(r"<function=([\w.-]{1,100})>")
_PARAMETER = re.compile(r"<parameter=([\w.-]{1,100})>")
_END, _END_OF_PARAMETER = "</function>", "</parameter>"
_LONGEST = 20_000
"""The maximum number of characters of a text that is searched for calls. A longer text is taken for
an answer."""
_DECODER = json.JSONDecoder()


def calls_in(text: str | None, offered: Collection[str]) -> list[Json]:
    """Return the calls if the text has nothing but calls of offered tools; else an empty list.

    Each has the form of `tool_calls[].function`, with `arguments` as a JSON text.
    """
    if not text or len(text) > _LONGEST:
        return []
    bare = _MARKS.sub(" ", text).strip()
    read = _tagged(bare) if bare.startswith("<function=") else _decoded(bare)
    found = [call for each in read if (call := _function(each)) and call["name"] in offered]
    return found if len(found) == len(read) else []


def json_values(text: str) -> list[Any]:
    """Return the JSON values of which the text consists; an empty list if it has anything else."""
    values: list[Any] = []
    place = 0
    while place < len(text):
        if text[place] in " \t\r\n,;":
            place += 1
            continue
        try:
            value, place = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            return []
        values.append(value)
    return values


def _decoded(text: str) -> list[Any]:
    values = json_values(text)
    return [each for value in values for each in (value if isinstance(value, list) else [value])]


def _tagged(text: str) -> list[Json]:
    """Return the calls in the form `<function=name>{…}</function>` or with `<parameter=…>` tags."""
    calls: list[Json] = []
    for part in text.split(_END):
        if not part.strip():
            continue
        opened = _FUNCTION.match(part.strip())
        if not opened:
            return []
        body = part.strip()[opened.end() :].strip()
        arguments: Any = _parameters(body) if body.startswith("<parameter=") else body
        calls.append({"name": opened[1], "arguments": arguments})
    return calls


def _parameters(body: str) -> Json:
    found: Json = {}
    for part in body.split(_END_OF_PARAMETER):
        if opened := _PARAMETER.match(part.strip()):
            words = part.strip()[opened.end() :].strip()
            try:
                found[opened[1]] = json.loads(words)
            except ValueError:
                found[opened[1]] = words
    return found


def _function(value: Any) -> Json | None:
    """Return name and arguments of a call, under any of the keys that models use."""
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    if not isinstance(value, dict):
        return None
    name = value.get("name") or value.get("tool") or value.get("function")
    given: Any = next(
        (value[key] for key in ("arguments", "parameters", "args") if key in value), {}
    )
    if not isinstance(name, str):
        return None
    return {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)}
