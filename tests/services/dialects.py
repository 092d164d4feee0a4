"""Imitations of providers: each refuses the requests that the original refuses, with its error."""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from aiohttp import web

from tests.services.provider import Answer, Json, completion

Dialect = Callable[[Json], str | None]
"""A function that returns why a request is refused, or None."""


def default_temperature_only(body: Json) -> str | None:
    """Imitate OpenAI's reasoning models: gpt-5 and the o-series."""
    if body.get("temperature", 1) != 1:
        return "Unsupported value: 'temperature' does not support 0.2 with this model."
    if "max_tokens" in body:
        return "Unsupported parameter: 'max_tokens' is not supported with this model."
    return None


def strict_roles(body: Json) -> str | None:
    """Imitate the chat templates of vLLM and llama.cpp with some models."""
    roles = [each["role"] for each in body["messages"]]
    if "system" in roles[1:]:
        return "System message must be at the beginning."
    turns = [role for role in roles if role not in ("system", "tool")]
    followed = list(pairwise(roles))
    if turns[0] != "user" or ("user", "user") in followed or ("tool", "user") in followed:
        return "Conversation roles must alternate user/assistant/user/assistant/..."
    if any(
        each["role"] == "assistant" and not (each.get("content") or each.get("tool_calls"))
        for each in body["messages"]
    ):
        return "Assistant message must have either content or tool_calls."
    return None


def nine_character_ids(body: Json) -> str | None:
    """Imitate Mistral."""
    for message in body["messages"]:
        ids = [call["id"] for call in message.get("tool_calls") or ()]
        ids += [message["tool_call_id"]] if "tool_call_id" in message else []
        if not all(re.fullmatch(r"[a-zA-Z0-9]{9}", each) for each in ids):
            return "Tool call id has to be defined and be a-z, A-Z, 0-9, with a length of 9."
    return None


def signatures_required(body: Json) -> str | None:
    """Imitate Gemini through its compatible address."""
    for call in _own_calls(body):
        if "thought_signature" not in str(call.get("extra_content")):
            return "Function call is missing a thought_signature in functionCall parts."
    return None


def reasoning_required(body: Json) -> str | None:
    """Imitate DeepSeek's thinking mode."""
    for message in body["messages"]:
        if message.get("tool_calls") and not message.get("reasoning_content"):
            return "Missing `reasoning_content` field in the assistant message."
    return None


def objects_as_arguments(body: Json) -> str | None:
    """Imitate vLLM and llama.cpp, whose chat templates read the arguments of earlier calls."""
    for call in _own_calls(body):
        try:
            if not isinstance(json.loads(call["function"]["arguments"]), dict):
                return "Can only get item pairs from a mapping."
        except ValueError as error:
            return str(error)
    return None


def unique_ids(body: Json) -> str | None:
    """Imitate Anthropic."""
    ids = [call["id"] for call in _own_calls(body)]
    results = [each["tool_call_id"] for each in body["messages"] if each["role"] == "tool"]
    if ids != results:
        return "`tool_use` ids were found without `tool_result` blocks immediately after"
    return None if len(set(ids)) == len(ids) else "`tool_use` ids must be unique"


def no_reasoning(body: Json) -> str | None:
    """Imitate Groq."""
    for place, message in enumerate(body["messages"]):
        if "reasoning" in message:
            return f"'messages.{place}' : property 'reasoning' is unsupported"
    return None


def no_null_content(body: Json) -> str | None:
    """Imitate servers whose check of requests knows no null."""
    for place, message in enumerate(body["messages"]):
        if message.get("content", "") is None:
            return f"messages.{place}.content: Input should be a valid string"
    return None


def plain_schemas_only(body: Json) -> str | None:
    """Imitate gateways that know a small part of JSON schema."""
    schemas = json.dumps(body.get("tools"))
    for word in ("pattern", "anyOf", "default", "minLength"):
        if f'"{word}"' in schemas:
            return f"Invalid JSON payload received. Unknown name \"{word}\" at 'tools[0]'"
    if '"properties": {}' in schemas:
        return "parameters.properties: should be non-empty for OBJECT type"
    return None


def _own_calls(body: Json) -> list[Json]:
    return [call for each in body["messages"] for call in each.get("tool_calls") or ()]


def speaking(dialect: Dialect, answers: list[Answer], status: int = 400) -> Answer:
    """Answer from the script if the dialect allows the request, else with its error."""
    script = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        if refused := dialect(await request.json()):
            error = {"error": {"code": status, "message": refused}}
            return web.json_response(error, status=status, headers={"retry-after-ms": "1"})
        made = (script.pop(0) if len(script) > 1 else script[0])()
        assert isinstance(made, web.StreamResponse)
        return made

    answer.takes_request = True  # type: ignore[attr-defined]
    return answer  # type: ignore[return-value]


def call_with(name: str, arguments: Any, call_id: str = "call_0123456789", **extra: Any) -> Json:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"id": call_id, "type": "function", "function": function, **extra}


def calling(*made: Json, **fields: Any) -> Answer:
    return completion({"content": None, "tool_calls": list(made), **fields})
