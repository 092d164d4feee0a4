"""Test with real requests whether a model can work for the desk."""

from typing import Any

import orjson

from services.agent.provider import ModelFault, ProviderModel
from services.agent.transcript import Message
from services.entities.language_model import OPENROUTER, LanguageModel
from services.errors import DeskError
from services.settings import key_named

TIMEOUT = 30.0
"""The maximum seconds that each of the two test requests may take."""

PLACES = "Berlin", "Tokyo"
_QUESTION: Message = {
    "role": "user",
    "content": "What time is it in Berlin and in Tokyo? Call time_in for both at once.",
}
_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "time_in",
        "description": "The time in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


async def try_model(listed: LanguageModel, *, zero_retention: bool) -> str:
    """Send the model a question with a tool, then the tool's results; return what it can do.

    Raises `DeskError` with what failed. No data of the desk are sent.
    """
    if zero_retention and not listed.can_keep_nothing:
        raise DeskError(
            f"Zero data retention is on, so {listed.name} may only be asked if its provider keeps"
            " nothing: tick that if it does.",
            field="keeps_nothing",
        )
    key = key_named(listed.key_name)
    if key is None:
        raise DeskError(
            f"The server has no variable {listed.key_name}. Set it there to the provider's key and"
            " restart the desk.",
            field="key_name",
        )
    model = ProviderModel(
        listed.base_url,
        key,
        listed.name,
        context=listed.context,
        timeout=TIMEOUT,
        keeps_nothing=zero_retention and listed.routing == OPENROUTER,
    )
    try:
        can, takes = await _tried(model), await model.told_context()
    except ModelFault as fault:
        raise DeskError(f"{listed.name} did not pass the test. {fault.kind.to_admin}") from None
    finally:
        await model.close()
    return f"{can} {_size(listed, takes)}"


async def _tried(model: ProviderModel) -> str:
    asked = await model.complete([_QUESTION], [_TOOL])
    calls = asked.get("tool_calls") or []
    if not calls or not all(_names_a_city(each) for each in calls):
        raise DeskError(
            f"{model.name} did not pass the test: it did not call the tool that it was given, so it"
            " could not look anything up."
        )
    results = [{"role": "tool", "tool_call_id": each["id"], "content": "12:00"} for each in calls]
    said = await model.complete([_QUESTION, asked, *results], [_TOOL])
    if said.get("tool_calls"):
        return f"{model.name} can call tools, one after the other."
    return f"{model.name} can call tools, {_at_once(len(calls))}."


def _size(listed: LanguageModel, takes: int | None) -> str:
    """Return a sentence on the context size; raise if the provider reports less than is listed.

    A request of that size would cost money, so none is sent.
    """
    if takes is None:
        return f"Whether it takes {listed.context:,} tokens was not tested."
    if takes < listed.context:
        raise DeskError(
            f"{listed.name} takes {takes:,} tokens, as its provider says, and not"
            f" {listed.context:,}: fill in {takes}.",
            field="context",
        )
    return f"It takes {takes:,} tokens, as its provider says."


def _at_once(calls: int) -> str:
    return "several at once" if calls > 1 else "one after the other"


def _names_a_city(call: dict[str, Any]) -> bool:
    try:
        arguments = orjson.loads(call["function"]["arguments"])
    except orjson.JSONDecodeError:
        return False
    named = call["function"]["name"] == _TOOL["function"]["name"]
    return named and isinstance(arguments, dict) and bool(arguments.get("city"))
