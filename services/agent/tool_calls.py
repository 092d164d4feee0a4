"""Run a model's tool calls: at once, or after the person's consent."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, get_args

import orjson
from psycopg import DataError
from sqlalchemy import text

from services import metrics
from services.agent.source import source_of
from services.agent.transcript import Message
from services.changes.consents import Consent
from services.changes.events import events_of_transaction
from services.changes.preview import perform, perform_unless_disclosing, preview
from services.changes.receipts import answers_of
from services.context import Actor, Context
from services.entities.base import Entity, find_ids
from services.errors import DeskError
from services.tools import TOOLS, Page, Result, Tool
from services.tools.parameters import Parameter
from services.tools.summary import Summary, done

OFFERED = {name: tool for name, tool in TOOLS.items() if not tool.by_hand}
"""The tools that models may call, by name."""

_HIDDEN = text("SELECT app.hidden_from_models() AS hidden")
NOTHING_CHANGED = "Nothing has changed: it was like that already."
NOT_APPROVED = "“You” is the person. Don't make this call again unless they ask for it."


def schemas_for(actor: Actor) -> list[dict[str, Any]]:
    """Return the tools that the actor may use, as models read them."""
    return [tool.schema for tool in OFFERED.values() if actor.effective_role >= tool.needs]


async def call_tool(
    ctx: Context, function: dict[str, Any], consent: Consent | None, messages: Sequence[Message]
) -> tuple[str, Summary]:
    """Run a call; return its result for the model and its summary for people.

    Mistakes raise `DeskError`; a call that the person has to approve raises `ConsentNeeded`.
    `messages` is the transcript: it shows which texts are the person's own.
    """
    if consent and consent.state != "approved":
        raise DeskError(consent.outcome(), advice=NOT_APPROVED)
    [row] = await ctx.fetch_all(_HIDDEN)
    ctx = replace(ctx, hidden=frozenset(row["hidden"]), for_model=True)
    name = function["name"]
    if name not in OFFERED:
        raise DeskError(f"There is no tool “{name}”. The tools are: {', '.join(OFFERED)}.")
    tool = OFFERED[name]
    arguments = _arguments(tool, function["arguments"])
    try:
        with metrics.timed("tool_called", metrics.TOOL_SECONDS, tool=name):
            values = await tool.prepare(ctx, **arguments)
            result = await run_tool(ctx, tool, values, consent, messages)
            words = await result_text(ctx, tool, result)
            return words, done(tool, values, result, words)
    except DataError:
        raise DeskError(
            f"{name} was given a value that the database cannot hold, such as a NUL character."
            " Correct it and call again."
        ) from None


def refused(function: dict[str, Any], error: DeskError) -> Summary:
    """Return the summary of a call that the desk refused or that failed."""
    tool = OFFERED.get(function["name"])
    if tool is None:
        return Summary("Tried something that the desk cannot do", failed=True)
    return Summary(f"{tool.title}: {error}" if tool.writes else str(error), failed=True)


def _arguments(tool: Tool, words: str) -> dict[str, Any]:
    """Parse the arguments that the model has written as JSON, or as JSON in a JSON text."""
    try:
        arguments = orjson.loads(words or "{}")
        if isinstance(arguments, str):
            arguments = orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError as error:
        raise DeskError(
            f"The arguments of {tool.name} are not JSON ({error}). Call again."
        ) from None
    if not isinstance(arguments, dict):
        raise DeskError(f"The arguments of {tool.name} must be one JSON object. Call again.")
    arguments = _with_lists(tool, _given(tool, arguments))
    if strange := arguments.keys() - tool.arguments.model_fields.keys():
        raise DeskError(f"{tool.name} has no argument {', '.join(sorted(strange))}. Call again.")
    return arguments


def _given(tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments without optional ones that mean "nothing".

    Many models fill every parameter, with null, "null" or an empty text. An empty text is
    kept where the parameter is a text: it clears a description.
    """
    fields = tool.arguments.model_fields

    def says_nothing(name: str, value: object) -> bool:
        if name not in fields or fields[name].is_required():
            return False
        is_text = name not in tool.entities and _takes_text(fields[name].annotation)
        return value is None or value == "null" or (value == "" and not is_text)

    return {name: value for name, value in arguments.items() if not says_nothing(name, value)}


def _with_lists(tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments with lists in place of texts that hold the values of a list."""
    lists = {name: each for name, each in tool.parameters.items() if each.many}
    return {
        name: _listed(lists[name], value) if name in lists and isinstance(value, str) else value
        for name, value in arguments.items()
    }


def _listed(parameter: Parameter, words: str) -> list[Any]:
    """Return the values in a text: a JSON list, or parts with commas between them.

    A comma may also belong to a name or to a tag's value. Records are split only if all parts are
    ids, and tags only if all parts or none have a value.
    """
    with suppress(orjson.JSONDecodeError):
        if isinstance(values := orjson.loads(words), list):
            return values
    parts = [part.strip() for part in words.split(",") if part.strip()]
    if parameter.entity:
        ids = words.replace(",", " ").split()
        return ids if all(find_ids(part) == [part.upper()] for part in ids) else [words]
    if parameter.takes_text and len({"=" in part for part in parts}) > 1:
        return [words]
    return parts


def _takes_text(hint: Any) -> bool:
    return hint is str or any(_takes_text(part) for part in get_args(hint))


async def run_tool(
    ctx: Context,
    tool: Tool,
    values: dict[str, Any],
    consent: Consent | None,
    messages: Sequence[Message],
) -> Result:
    """Run a tool that needs no consent or has it; otherwise raise `ConsentNeeded`."""
    run = partial(tool.run, ctx, **values)
    if not tool.writes:
        return await run()
    source = source_of(messages)
    if consent:
        return await perform(ctx, run, consent, source)
    if tool.consent and await tool.consent(ctx, **values):
        raise await preview(ctx, run, source)
    if not source.records or all(source.wrote(words) for words in _texts(tool, values)):
        return await run()
    return await perform_unless_disclosing(ctx, run, source)


def _texts(tool: Tool, values: dict[str, Any]) -> list[str]:
    """Return the arguments that are free text: only these can contain other people's words."""
    free = [name for name, each in tool.parameters.items() if each.takes_text]
    given = [values[name] for name in free if values.get(name)]
    return [text for each in given for text in (each if isinstance(each, list) else [each])]


async def result_text(ctx: Context, tool: Tool, result: Result) -> str:
    """Return a tool's result as text for a model or a terminal; for a change that is its receipts.

    Call it in the transaction in which the tool has run.
    """
    if tool.writes and not isinstance(result, str | Page):
        records = result if isinstance(result, tuple) else (result,)
        lines = await answers_of(ctx, await events_of_transaction(ctx))
        lines += [remark for each in records if (remark := await each.remark(ctx))]
        return "\n".join(lines) or NOTHING_CHANGED
    if isinstance(result, Entity):
        return (await result.card(ctx)).as_text()
    if isinstance(result, tuple):
        return "\n".join([each.ref.as_text() for each in result])
    return result if isinstance(result, str) else result.as_text()
