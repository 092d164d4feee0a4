"""A provider's answer as one message of the transcript."""

import json
from collections.abc import Collection
from typing import Any

from services.agent.provider.call_syntax import json_values, tool_name
from services.agent.provider.errors import fault_in
from services.agent.provider.faults import ADDRESS, DOWN, EMPTY, FILTER, NO_ROOM, Kind, ModelFault
from services.agent.provider.reasoning import without_reasoning
from services.agent.provider.text_calls import calls_in
from services.agent.provider.values import as_dict, listed, storable
from services.agent.transcript import NATIVE, Message

MAX_ANSWER = 40_000
"""The maximum number of characters of an answer, five messages in Slack; the rest is cut off."""
CUT_OFF = "(The answer ended here because it grew too long. Ask for the rest, or for less at once.)"
BROKEN_OFF = "(The language model stopped here before the end. Ask for the rest.)"

_STANDARD = ("role", "content", "tool_calls", "refusal", "function_call", "annotations", "audio")
_STANDARD_OF_CALLS = ("type", "function", "index")
_NOTHING = (None, "", "null")
_WHOLE = (
    *("", "stop", "stop_sequence", "eos", "eos_token", "end_turn", "complete", "completed"),
    *("tool_calls", "tool_call", "tool_use", "function_call"),
)
"""The finish reasons of complete answers. An answer with any other reason is cut off."""
_TOO_LONG = ("length", "max_tokens", "model_length")
_FILTERED = ("content_filter", "safety", "prohibited_content", "blocklist", "recitation")
_TEXT_PARTS = (None, "", "text", "output_text")
"""The `type` of content parts that are text for people; parts of other types are reasoning."""


def read_answer(answer: object, offered: Collection[str], read: Collection[str]) -> Message:
    """Return the assistant's message from a response; `read` is what the model has read before it.

    Non-standard fields are kept under `native`, which is sent back to the same model alone. A
    response with neither text nor calls raises `ModelFault`.
    """
    if fault := fault_in(answer):
        raise fault
    if not isinstance(answer, dict):
        raise ModelFault(ADDRESS, 200, answer)
    choice = as_dict(next(iter(listed(answer.get("choices"))), None))
    said, reason = as_dict(choice.get("message")), str(choice.get("finish_reason") or "").lower()
    text, calls = _text_and_calls(said, offered, read)
    if kind := _kind_of_fault(reason, text, calls):
        raise ModelFault(kind)
    message: Message = {"role": "assistant", "content": _with_note(text, reason)}
    if calls:
        message["tool_calls"] = _calls(calls, offered, reason not in _WHOLE)
    if native := _native(said, calls):
        message[NATIVE] = native
    return message


def text_of(content: object) -> str | None:
    """Return the text of a string or of parts, without characters the database can't hold."""
    if not isinstance(content, str):
        content = "".join(_text_of_part(part) for part in listed(content))
    return str(storable(content)) if content.strip() else None


def _text_of_part(part: object) -> str:
    if isinstance(part, str):
        return part
    told = as_dict(part)
    return str(told.get("text") or "") if told.get("type") in _TEXT_PARTS else ""


def _text_and_calls(
    said: dict[str, Any], offered: Collection[str], read: Collection[str]
) -> tuple[str | None, list[dict[str, Any]]]:
    text = without_reasoning(text_of(said.get("content")))
    calls = [as_dict(each) for each in listed(said.get("tool_calls"))]
    if not calls:
        calls = [{"function": each} for each in listed(said.get("function_call"))]
    if not calls:
        text, written = calls_in(text, offered, read)
        calls = [{"function": each} for each in written]
    return text or text_of(said.get("refusal")), calls


def _kind_of_fault(reason: str, text: str | None, calls: list[dict[str, Any]]) -> Kind | None:
    if reason == "error":
        return DOWN
    if reason in _FILTERED and (calls or not text):
        return FILTER
    if text or calls:
        return None
    return NO_ROOM if reason in _TOO_LONG else EMPTY


def _with_note(text: str | None, reason: str) -> str | None:
    """Return the text, with a note if it is not whole."""
    if text and (reason in _TOO_LONG or len(text) > MAX_ANSWER):
        return f"{text[:MAX_ANSWER].rstrip()}\n\n{CUT_OFF}"
    return text if not text or reason in _WHOLE else f"{text}\n\n{BROKEN_OFF}"


def _calls(
    calls: list[dict[str, Any]], offered: Collection[str], cut_off: bool
) -> list[dict[str, Any]]:
    """Return the tool calls, each with a unique id: some servers leave ids out or repeat them."""
    read: list[dict[str, Any]] = []
    for place, call in enumerate(calls):
        function = as_dict(call.get("function"))
        known = {other["id"] for other in read}
        own_id = call.get("id")
        own_id = text_of(own_id if isinstance(own_id, str) else None)
        read.append(
            {
                "id": own_id if own_id and own_id not in known else f"call_{place}",
                "type": "function",
                "function": {
                    "name": tool_name(function.get("name"), offered),
                    "arguments": _arguments(function.get("arguments"), cut_off),
                },
            }
        )
    return read


def _arguments(given: object, cut_off: bool) -> str:
    """Return the arguments as JSON text.

    In a `cut_off` response a call without arguments gets invalid JSON, so that it is not run.
    """
    if given in _NOTHING:
        return "{" if cut_off else "{}"
    if not isinstance(given, str):
        return _json(given)
    values = json_values(given)
    if len(values) > 1 and all(each in ({}, values[-1]) for each in values):
        return _json(values[-1])
    return text_of(given) or "{}"


def _json(value: object) -> str:
    return json.dumps(storable(value), ensure_ascii=False, separators=(",", ":"))


def _native(said: dict[str, Any], calls: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the non-standard fields, which the model must get back unchanged; may be empty."""
    message = _beyond(_STANDARD, said)
    if isinstance(said.get("content"), list):
        message["content"] = storable(said["content"])
    kept = [_native_call(call, calls[:place]) for place, call in enumerate(calls)]
    native = {"message": message, "tool_calls": kept if any(kept) else []}
    return {name: value for name, value in native.items() if value}


def _native_call(call: dict[str, Any], before: list[dict[str, Any]]) -> dict[str, Any]:
    kept = _beyond(_STANDARD_OF_CALLS, call)
    if call.get("id") in [other.get("id") for other in before] or not text_of(call.get("id")):
        kept.pop("id", None)
    function = _beyond(("name", "arguments"), as_dict(call.get("function")))
    return {**kept, "function": function} if function else kept


def _beyond(standard: tuple[str, ...], given: dict[str, Any]) -> dict[str, Any]:
    return {
        name: storable(value)
        for name, value in given.items()
        if name not in standard and value is not None
    }
