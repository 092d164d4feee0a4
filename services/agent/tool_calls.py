"""How the agent runs a tool: at once, or after the person's consent."""

from functools import partial
from typing import Any

from services.changes.consents import Consent
from services.changes.preview import perform, preview
from services.context import Context
from services.tools.page import Result
from services.tools.tool import Tool


async def run_tool(
    ctx: Context, tool: Tool, arguments: dict[str, Any], consent: Consent | None
) -> Result:
    """Run a call that needs no consent or has it; otherwise raise `ConsentNeeded`."""
    values = await tool.prepare(ctx, **arguments)
    run = partial(tool.run, ctx, **values)
    if consent:
        return await perform(ctx, run, consent)
    if tool.consent and await tool.consent(ctx, **values):
        raise await preview(ctx, run)
    return await run()
