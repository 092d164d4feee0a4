"""A provider's answer as one message of the transcript."""

import re
from collections.abc import Collection
from typing import Any

import orjson

from services.agent.provider.faults import (
    ADDRESS,
    EMPTY,
    FILTER,
    NO_ROOM,
    ModelFault,
    kind_of,
)
from services.agent.provider.text_calls import calls_in
from services.agent.transcript import NATIVE, Message

MAX_ANSWER = 40_000
"""The maximum number of characters of an answer, five messages in Slack; the rest is cut off."""
CUT_OFF = "(The answer ended here because it grew too long. Ask for the rest, or for less at once.)"

_STANDARD = ("role", "content", "tool_calls", "refusal", "function_call", "annotations", "audio")
_STANDARD_OF_CALLS = ("type", "function", "index")
_REASONING = re.compile(r"<(/?)(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_NOTHING = (None, "", "null")


def read_answer(answer: object, offered: Collection[str]) -> Message:
    """Return the assistant's message from a response.

    Non-standard fields are kept under `native`, which is sent back to the same model alone. A
    response with neither text nor calls raises `ModelFault`.
    """
    if not isinstance(answer, dict):
        raise ModelFault(ADDRESS, 200, answer)
    if error := answer.get("error"):
        code = str(as_dict(error).get("code"))
        status = int(code) if code.isdecimal() and len(code) == 3 else 0
        raise ModelFault(kind_of(status, error), status, error)
    choice = as_dict(next(iter(answer.get("choices") or ()), None))
    said, reason = as_dict(choice.get("message")), choice.get("finish_reason")
    cut_off = reason == "length"
    text = without_reasoning(_text(said.get("content")))
    calls = [as_dict(each) for each in said.get("tool_calls") or ()]
    if not calls and (written := calls_in(text, offered)):
        text, calls = None, [{"function": each} for each in written]
    message: Message = {"role": "assistant", "content": _shortened(text, cut_off)}
    if said.get("refusal") and not message["content"]:
        message["content"] = _text(said["refusal"])
    if calls:
        message["tool_calls"] = _calls(calls, cut_off)
    if native := _native(said, calls):
        message[NATIVE] = native
    if not message["content"] and not calls:
        raise ModelFault(NO_ROOM if cut_off else FILTER if reason == "content_filter" else EMPTY)
    return message


def as_dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def without_reasoning(text: str | None) -> str | None:
    """Return the text without reasoning, such as `<think>…</think>`.

    Text before an end tag without a start tag is reasoning too, and so is text after a start tag
    without an end tag.
    """
    if not text:
        return None
    kept: list[str] = []
    place = depth = 0
    for mark in _REASONING.finditer(text):
        if not mark[1]:
            if depth == 0:
                kept.append(text[place : mark.start()])
            depth += 1
        elif depth:
            depth -= 1
        else:
            kept.clear()
        place = mark.end()
    if depth == 0:
        kept.append(text[place:])
    return "".join(kept).strip() or None


def _text(content: object) -> str | None:
    """Return the text of a string or of parts, without characters the database can't hold."""
    if isinstance(content, list):
        content = "".join(str(as_dict(part).get("text") or "") for part in content)
    if not content or not str(content).strip():
        return None
    return str(_storable(str(content)))


def _shortened(text: str | None, cut_off: bool) -> str | None:
    if text and (cut_off or len(text) > MAX_ANSWER):
        return f"{text[:MAX_ANSWER].rstrip()}\n\n{CUT_OFF}"
    return text


def _calls(calls: list[dict[str, Any]], cut_off: bool) -> list[dict[str, Any]]:
    """Return the tool calls, each with a unique id: some servers leave ids out or repeat them.

    In a `cut_off` response a call without arguments gets invalid JSON, so that it is not run.
    """
    read: list[dict[str, Any]] = []
    for place, call in enumerate(calls):
        function = as_dict(call.get("function"))
        known = {other["id"] for other in read}
        name = _text(call.get("id"))
        arguments = function.get("arguments")
        if arguments in _NOTHING:
            arguments = "{" if cut_off else "{}"
        if not isinstance(arguments, str):
            arguments = orjson.dumps(arguments).decode()
        read.append(
            {
                "id": name if name and name not in known else f"call_{place}",
                "type": "function",
                "function": {
                    "name": _text(function.get("name")) or "",
                    "arguments": _text(arguments) or "{}",
                },
            }
        )
    return read


def _native(said: dict[str, Any], calls: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the non-standard fields, which the model must get back unchanged; may be empty."""
    message = _beyond(_STANDARD, said)
    if isinstance(said.get("content"), list):
        message["content"] = _storable(said["content"])
    kept = [_native_call(call, calls[:place]) for place, call in enumerate(calls)]
    native = {"message": message, "tool_calls": kept if any(kept) else []}
    return {name: value for name, value in native.items() if value}


def _native_call(call: dict[str, Any], before: list[dict[str, Any]]) -> dict[str, Any]:
    kept = _beyond(_STANDARD_OF_CALLS, call)
    if call.get("id") in [other.get("id") for other in before] or not _text(call.get("id")):
        kept.pop("id", None)
    function = _beyond(("name", "arguments"), as_dict(call.get("function")))
    return {**kept, "function": function} if function else kept


def _beyond(standard: tuple[str, ...], given: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _storable(value)
        for name, value in given.items()
        if name not in standard and value is not None
    }


def _storable(value: Any) -> Any:
    """Return the value without characters that Postgres can't store in JSON."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {str(_storable(name)): _storable(each) for name, each in value.items()}
    return value
