"""Turn a transcript into messages that every provider's chat template accepts."""

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson

from services.agent.provider.call_syntax import accepted_name
from services.agent.transcript import NATIVE, WRITTEN_BY, Message

_SENT = ("role", "content", "tool_calls", "tool_call_id")
"""The fields of a message that are sent; its other fields are for the desk alone."""


GOES_ON = "(The conversation goes on.)"
NOTED = "I have read the results. There is a new message."


class _Ids:
    """Chooses the ids under which calls are sent: in the transcript, answers may repeat ids."""

    def __init__(self) -> None:
        self._sent: dict[str, str] = {}
        self._used: set[str] = set()

    def of_call(self, known: str, wanted: str) -> str:
        """Return the wanted id, or another if that was sent before."""
        sent = _nine(f"{wanted} {len(self._used)}") if wanted in self._used else wanted
        self._used.add(sent)
        self._sent[known] = sent
        return sent

    def of_result(self, known: str) -> str:
        return self._sent.get(known) or _nine(known)


def messages_for_provider(
    messages: Iterable[Message], model: str, *, plain: bool = False
) -> list[Message]:
    """Return the messages of a request to `model`.

    One system message first, then user and assistant alternate, as strict chat templates require.
    Non-standard fields go back unchanged to the model that sent them. Other models get standard
    fields alone, with call ids of nine letters and digits, as Mistral requires. With `plain`, so
    does `model` itself, and no content is null.
    """
    sent: list[Message] = []
    ids = _Ids()
    for message in messages:
        own = not plain and message.get(WRITTEN_BY) == model
        _append(sent, _as_sent(message, message.get(NATIVE) or {} if own else {}, ids))
    return [{**each, "content": each.get("content") or ""} for each in sent] if plain else sent


def _as_sent(message: Message, native: dict[str, Any], ids: _Ids) -> Message:
    plain = {name: message[name] for name in _SENT if name in message}
    if calls := plain.get("tool_calls"):
        extras = native.get("tool_calls") or [{}] * len(calls)
        plain["tool_calls"] = [
            _call(call, extra, ids) for call, extra in zip(calls, extras, strict=True)
        ]
    if "tool_call_id" in plain:
        plain["tool_call_id"] = ids.of_result(plain["tool_call_id"])
    extra: Message = native.get("message", {})
    return plain | extra


def _call(call: Message, extra: Message, ids: _Ids) -> Message:
    """Return a call as servers accept it: with a unique id, a tool's name and a JSON object."""
    function = {
        "name": accepted_name(call["function"]["name"]),
        "arguments": _object(call["function"]["arguments"]),
    }
    sent_id = ids.of_call(call["id"], extra.get("id") or _nine(call["id"]))
    return {**call, **extra, "id": sent_id, "function": function | extra.get("function", {})}


def _object(arguments: str) -> str:
    """Return the arguments, or `{}` if they are no JSON object: servers refuse such a history."""
    try:
        return arguments if isinstance(orjson.loads(arguments), dict) else "{}"
    except orjson.JSONDecodeError:
        return "{}"


def _nine(call_id: str) -> str:
    return hashlib.sha256(call_id.encode(errors="replace")).hexdigest()[:9]


def _append(sent: list[Message], message: Message) -> None:
    """Append a message so that roles alternate: merge it, drop it if empty, or add one first."""
    role, before = message["role"], sent[-1]["role"] if sent else ""
    if role == "system" and sent and sent[0]["role"] == "system":
        sent[0] = _joined(sent[0], message)
    elif role == "assistant" and not (message.get("content") or message.get("tool_calls")):
        return
    elif role == before == "user" or (role == before == "assistant" and _is_text(sent[-1])):
        sent[-1] = _joined(sent[-1], message)
    else:
        if role == "user" and before == "tool":
            sent.append({"role": "assistant", "content": NOTED})
        if role == "assistant" and before in ("", "system"):
            sent.append({"role": "user", "content": GOES_ON})
        sent.append(message)


def _is_text(message: Message) -> bool:
    return not message.get("tool_calls")


def _joined(first: Message, second: Message) -> Message:
    texts = [each["content"] for each in (first, second) if each.get("content")]
    joined: Any = "\n\n".join(texts) if all(isinstance(each, str) for each in texts) else texts[-1]
    return {**first, **second, "content": joined or None}
