"""Language models behind one small interface; the only module that talks to a provider."""

import asyncio
import re
from typing import Any, Protocol

import orjson
import structlog
from openai import (
    APIError,
    APIStatusError,
    AsyncOpenAI,
    DefaultAioHttpClient,
)
from openai import Timeout as ClientTimeout

from services import metrics
from services.agent.context_window import window
from services.agent.fencing import fenced
from services.agent.transcript import Message
from services.errors import DeskError

log = structlog.get_logger()

PATIENCE = 90.0
"""Seconds for all tries together; the SDK's own ten minutes for each is longer than anybody waits
in a chat, and so are the two minutes that it lets a busy provider ask for."""

TEMPERATURE = 0.2

CONTEXT = 128_000
"""Tokens that a model takes, where the settings don't say otherwise."""

HARDER = 8
"""By how much less is sent after a provider has found it too long: it may count otherwise, or take
less than the settings say."""

MAX_ANSWER = 40_000
"""Characters; five messages in Slack. A model that writes more has lost its way."""


class Model(Protocol):
    """Answers a conversation: with text, with tool calls, or with both."""

    name: str

    async def complete(self, messages: list[Message], tools: list[dict[str, Any]]) -> Message: ...


class ModelFault(DeskError):  # noqa: N818
    """The model gave no usable answer; the text tells the person what to do."""


class TooLong(ModelFault):
    """The conversation does not fit."""


_SENTENCES = {
    400: "The language model did not accept this request. Please start a new thread; if that does"
    " not help, tell an admin to check that the model in LLM_MODELS can call tools.",
    401: "The language model refused our key. Please tell an admin to check LLM_API_KEY.",
    402: "The language model's account has run out of credit. Please tell an admin.",
    403: "The language model's provider refused this request. Please tell an admin.",
    404: "The chosen language model does not exist at its provider. Please tell an admin to check"
    " LLM_MODELS.",
    413: "This conversation has become too long for the language model. Please start a new thread.",
    429: "The language model is busy right now. Please try again in a minute.",
}
_TOO_LONG = re.compile(
    r"context[ _-](?:length|window|size)|(?:model|prompt|context) length"
    r"|(?:prompt|input|request|messages?) (?:is|are) too (?:long|large)"
    r"|too many (?:input )?tokens|token count .*exceeds|reduce the length",
    re.IGNORECASE,
)
"""What OpenAI, Anthropic, Google, Mistral, vLLM, llama.cpp say of it, mostly with status 400."""

_DOWN = "The language model cannot be reached right now. Please try again in a few minutes."
_EMPTY = "The language model gave an empty answer. Please ask again."
_NO_ROOM = (
    "The language model has thought for longer than it may before it answered. Please ask for a"
    " smaller part."
)
_CUT_OFF = (
    "(The answer ended here because it grew too long. Ask for the rest, or for less at once.)"
)
_NO_MODEL = (
    "The language model's address answers with something else than a language model. Please tell an"
    " admin to check LLM_BASE_URL."
)


class ProviderModel:
    """A model at any server that speaks OpenAI's chat completions."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        name: str,
        *,
        context: int = CONTEXT,
        patience: float = PATIENCE,
    ) -> None:
        self.name = name
        self._context = context
        self._patience = patience
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            timeout=ClientTimeout(patience, connect=5.0),
            max_retries=2,
            http_client=DefaultAioHttpClient(),
        )

    async def complete(self, messages: list[Message], tools: list[dict[str, Any]]) -> Message:
        """One answer. Faults of the provider raise `ModelFault`."""
        try:
            return await self._ask(window(messages, self._context), tools)
        except TooLong:
            metrics.RETRIES.labels("too long for the model").inc()
            log.warning("conversation_too_long", model=self.name, context=self._context)
            return await self._ask(window(messages, self._context // HARDER), tools)

    async def _ask(self, messages: list[Message], tools: list[dict[str, Any]]) -> Message:
        body = {
            "model": self.name,
            "messages": fenced(messages),
            "tools": tools,
            "temperature": TEMPERATURE,
        }
        try:
            with metrics.timed("model_called", metrics.MODEL_SECONDS, model=self.name) as facts:
                async with asyncio.timeout(self._patience):
                    answer = await self._post(orjson.dumps(body))
                facts |= self._count_tokens(answer)
                return _message(answer)
        except APIStatusError as error:
            raise _fault(error.status_code, error.body or error.message) from error
        except (APIError, TimeoutError) as error:
            raise ModelFault(_DOWN) from error
        except ValueError as error:  # the body calls itself JSON and is none
            raise ModelFault(_NO_MODEL) from error

    async def _post(self, body: bytes) -> object:
        """Past `chat.completions.create`, whose transform of a long history costs 14 ms a call."""
        return await self._client.post(
            "/chat/completions",
            cast_to=object,
            content=body,
            options={"headers": {"Content-Type": "application/json"}},
        )

    def _count_tokens(self, answer: object) -> dict[str, int]:
        """What the answer has cost, where the provider says so."""
        usage = _dict(_dict(answer).get("usage"))
        spent = {kind: usage.get(f"{kind}_tokens") for kind in ("prompt", "completion")}
        known = {kind: count for kind, count in spent.items() if isinstance(count, int)}
        for kind, count in known.items():
            metrics.TOKENS.labels(self.name, kind).inc(max(count, 0))
        return {f"{kind}_tokens": count for kind, count in known.items()}

    async def close(self) -> None:
        await self._client.close()


def _message(answer: object) -> Message:
    """The assistant's message out of a response, which may be an error inside a 200."""
    if not isinstance(answer, dict):
        raise ModelFault(_NO_MODEL)
    if error := answer.get("error"):
        raise _fault(_code(error), error) from _ErrorInside(error)
    choice = _dict(next(iter(answer.get("choices") or ()), None))
    said, cut_off = _dict(choice.get("message")), choice.get("finish_reason") == "length"
    message: Message = {"role": "assistant", "content": _answer(said.get("content"), cut_off)}
    if said.get("refusal") and not message["content"]:
        message["content"] = _text(said["refusal"])
    if calls := said.get("tool_calls"):
        message["tool_calls"] = _calls(calls, cut_off)
    if details := said.get("reasoning_details"):
        message["reasoning_details"] = details  # to be passed back unchanged during tool use
    if not message["content"] and "tool_calls" not in message:
        raise ModelFault(_NO_ROOM if cut_off else _EMPTY)
    return message


def _fault(status: int, told: object) -> ModelFault:
    if status == 413 or (status != 429 and _TOO_LONG.search(str(told))):
        return TooLong(_SENTENCES[413])
    return ModelFault(_SENTENCES.get(status, _DOWN))


class _ErrorInside(Exception):  # noqa: N818
    """The error object of a 200, for the log."""


def _code(error: object) -> int:
    code = str(_dict(error).get("code"))
    return int(code) if code.isdecimal() else 0


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(content: object) -> str | None:
    """Text of one piece or of several parts, without what the database can't hold."""
    if isinstance(content, list):
        content = "".join(str(_dict(part).get("text") or "") for part in content)
    if not content or not str(content).strip():
        return None
    storable = str(content).encode(errors="replace").decode()
    return storable.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _answer(content: object, cut_off: bool) -> str | None:
    text = _text(content)
    if text and (cut_off or len(text) > MAX_ANSWER):
        return f"{text[:MAX_ANSWER].rstrip()}\n\n{_CUT_OFF}"
    return text


def _calls(calls: list[object], cut_off: bool) -> list[dict[str, Any]]:
    """Tool calls, each with an id of its own: some local servers leave ids out or repeat them.

    Where an answer was cut off within a call, the call has no arguments yet: it must not run so.
    """
    read: list[dict[str, Any]] = []
    for place, each in enumerate(calls):
        call = _dict(each)
        function = _dict(call.get("function"))
        known = {other["id"] for other in read}
        name = _text(call.get("id"))
        arguments = function.get("arguments") or ("{" if cut_off else "{}")
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
