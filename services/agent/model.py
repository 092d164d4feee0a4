"""Language models behind one small interface; the only module that talks to a provider."""

from typing import Any, Protocol

import orjson
from openai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    DefaultAioHttpClient,
)
from openai import Timeout as ClientTimeout

from services.agent.transcript import Message
from services.errors import DeskError

TIMEOUT = ClientTimeout(90.0, connect=5.0)
"""Seconds; the SDK's own default of ten minutes is longer than anybody waits in a chat."""

TEMPERATURE = 0.2


class Model(Protocol):
    """Answers a conversation: with text, with tool calls, or with both."""

    name: str

    async def complete(self, messages: list[Message], tools: list[dict[str, Any]]) -> Message: ...


class ModelFault(DeskError):  # noqa: N818
    """The model gave no usable answer; the text tells the person what to do."""


_SENTENCES = {
    401: "The language model refused our key. Please tell an admin to check LLM_API_KEY.",
    402: "The language model's account has run out of credit. Please tell an admin.",
    403: "The language model's provider refused this request. Please tell an admin.",
    404: "The chosen language model does not exist at its provider. Please tell an admin to check"
    " LLM_MODELS.",
    413: "This conversation has become too long for the language model. Please start a new thread.",
    429: "The language model is busy right now. Please try again in a minute.",
}
_DOWN = "The language model cannot be reached right now. Please try again in a few minutes."
_EMPTY = "The language model gave an empty answer. Please ask again."


class ProviderModel:
    """A model at any server that speaks OpenAI's chat completions."""

    def __init__(self, base_url: str, api_key: str, name: str) -> None:
        self.name = name
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            timeout=TIMEOUT,
            max_retries=2,
            http_client=DefaultAioHttpClient(),
        )

    async def complete(self, messages: list[Message], tools: list[dict[str, Any]]) -> Message:
        """One answer. Faults of the provider raise `ModelFault`."""
        body = {
            "model": self.name,
            "messages": messages,
            "tools": tools,
            "temperature": TEMPERATURE,
        }
        try:
            # Past `chat.completions.create`, whose transform of a long history costs 14 ms a call.
            answer = await self._client.post(
                "/chat/completions",
                cast_to=object,
                content=orjson.dumps(body),
                options={"headers": {"Content-Type": "application/json"}},
            )
        except APIStatusError as error:
            raise ModelFault(_SENTENCES.get(error.status_code, _DOWN)) from error
        except (APIConnectionError, APITimeoutError, APIError) as error:
            raise ModelFault(_DOWN) from error
        return _message(answer)

    async def close(self) -> None:
        await self._client.close()


def _message(answer: object) -> Message:
    """The assistant's message out of a response, which may be an error inside a 200."""
    if not isinstance(answer, dict):
        raise ModelFault(
            "The language model's address answers with a web page. Please tell an admin to check"
            " LLM_BASE_URL."
        )
    if error := answer.get("error"):
        code = error.get("code") if isinstance(error, dict) else None
        raise ModelFault(_SENTENCES.get(code, _DOWN) if isinstance(code, int) else _DOWN)
    choices = answer.get("choices") or [{}]
    said = choices[0].get("message") or {}
    message: Message = {"role": "assistant", "content": said.get("content")}
    if said.get("refusal") and not message["content"]:
        message["content"] = said["refusal"]
    if calls := said.get("tool_calls"):
        message["tool_calls"] = [_call(call, place) for place, call in enumerate(calls)]
    if details := said.get("reasoning_details"):
        message["reasoning_details"] = details  # to be passed back unchanged during tool use
    if not message["content"] and "tool_calls" not in message:
        raise ModelFault(_EMPTY)
    return message


def _call(call: dict[str, Any], place: int) -> dict[str, Any]:
    """A tool call with an id of its own: some local servers leave ids out."""
    function = call.get("function") or {}
    return {
        "id": call.get("id") or f"call_{place}",
        "type": "function",
        "function": {
            "name": str(function.get("name") or ""),
            "arguments": function.get("arguments") or "{}",
        },
    }
