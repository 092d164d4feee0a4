"""Merge the chunks of a streamed response into one choice."""

from collections.abc import Iterable
from typing import Any

from services.agent.provider.values import as_dict

Json = dict[str, Any]

_REPLACED = ("role", "type", "id", "name", "index", "finish_reason")
"""The fields that some servers repeat in each chunk; texts in other fields are appended."""


def add_chunk(choice: Json, part: Json) -> None:
    """Add what one chunk has of a choice to what earlier chunks had of it.

    A server that sends no deltas has the whole message in one chunk.
    """
    said, known = as_dict(part.get("delta")), as_dict(choice.get("message"))
    if not (said or known.get("content") or known.get("tool_calls")):
        said = as_dict(part.get("message"))
    ended = {name: part.get(name) for name in ("finish_reason", "error")}
    _grow(choice, {"message": said, **ended})


def _grow(whole: Json, part: Json) -> None:
    for name, value in part.items():
        if value is not None:
            whole[name] = _grown(name, whole.get(name), value)


def _grown(name: str, before: Any, value: Any) -> Any:
    match before, value:
        case _, list() | dict() if name == "tool_calls":
            return _calls(before if isinstance(before, list) else [], value)
        case _, "" if before is not None:
            return before
        case dict(), dict() if name == "arguments":
            return before | value
        case dict() | None, dict():
            whole = before or {}
            _grow(whole, value)
            return whole
        case (list(), _) | (_, list()) if name == "content":
            return _parts(before, value)
        case list(), list():
            return before + value
        case str(), str() if name not in _REPLACED:
            return before + value
        case _:
            return value


def _calls(whole: list[Json], parts: list[Any] | Json) -> list[Json]:
    for part in [parts] if isinstance(parts, dict) else parts:
        if isinstance(part, dict):
            call = _continued(whole, part)
            if call is None:
                whole.append(call := {})
            _grow(call, part)
    return whole


def _continued(whole: list[Json], part: Json) -> Json | None:
    """Return the call that a part continues, or None if it begins a new one.

    Ollama gives every call the index 0, Gemini gives none, and older versions of vLLM give every
    part of a call another id.
    """
    place, own_id = part.get("index"), part.get("id")
    name = as_dict(part.get("function")).get("name")
    if place is not None:
        same = [call for call in whole if call.get("index") == place]
    elif own_id and name:
        same = [call for call in whole if call.get("id") == own_id]
    else:
        same = [] if name else whole
    if not same:
        return None
    known_id, known_name = same[-1].get("id"), as_dict(same[-1].get("function")).get("name")
    differs = known_id != own_id if known_id and own_id else known_name and known_name != name
    return None if name and differs else same[-1]


def _parts(before: Any, value: Any) -> list[Any]:
    """Join two pieces of content, each a text or a list of parts, to one list of parts."""
    parts: list[Any] = []
    for part in (*_as_parts(before), *_as_parts(value)):
        if parts and _is_text(part) and _is_text(parts[-1]):
            parts[-1] = parts[-1] | {"text": parts[-1]["text"] + part["text"]}
        else:
            parts.append(part)
    return parts


def _as_parts(content: Any) -> Iterable[Any]:
    listed = content if isinstance(content, list) else [content] if content else []
    return [{"type": "text", "text": each} if isinstance(each, str) else each for each in listed]


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.keys() == {"type", "text"} and part["type"] == "text"
