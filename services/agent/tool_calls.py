"""How the agent runs a tool: at once, or after the person's consent."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from services.agent.source import source_of
from services.agent.transcript import Message
from services.changes.consents import Consent
from services.changes.preview import perform, perform_unless_disclosing, preview
from services.context import Context
from services.tools.page import Result
from services.tools.tool import Tool


async def run_tool(
    ctx: Context,
    tool: Tool,
    arguments: dict[str, Any],
    consent: Consent | None,
    messages: Sequence[Message],
) -> Result:
    """Run a call that needs no consent or has it; otherwise raise `ConsentNeeded`.

    `messages` is the transcript: it tells which words are the person's own.
    """
    values = await tool.prepare(ctx, **arguments)
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
    """Return the texts that the model gave: other arguments can't carry words of others."""
    free = [name for name, each in tool.parameters.items() if each.takes_text]
    return [values[name] for name in free if values.get(name)]
