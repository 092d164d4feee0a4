"""Make the views of forms, and update open ones after something that they show has changed."""

from collections.abc import Mapping
from typing import Any

import structlog

from bot.runtime import Runtime
from bot.slack.api.errors import best_effort
from bot.slack.listeners import by_hand
from bot.slack.listeners.press import Body
from bot.slack.people.identity import actor_for, identify
from bot.slack.render import forms
from bot.slack.render.blocks import Block
from bot.slack.render.submitted import tools_in
from services.context import Role
from services.entities.base import Entity, load
from services.refusals import not_allowed
from services.tools import TOOLS, Tool
from services.tools.surfaces import CardButton

log = structlog.get_logger()


async def form_view(
    runtime: Runtime,
    slack_id: str,
    tool: Tool,
    given: Mapping[str, Any],
    button: CardButton | None = None,
    below: str = "",
) -> Block:
    """Return the tool's form for the person, or raise `DeskError` where they may not use it."""
    person = await identify(runtime, slack_id)
    actor = actor_for(person)
    if actor.effective_role < tool.needs:
        raise not_allowed(actor, tool.needs)
    if tool.opens is None:
        record = await _record(runtime, slack_id, given, button)
        return forms.form(tool, Role[person.role], given, button, below, record)
    async with by_hand.as_person(runtime, slack_id) as ctx:
        opening = await tool.opens(ctx)
        page = await by_hand.page_for(runtime, ctx, opening.page)
    return forms.present_form(tool, Role[person.role], opening, page)


async def _record(
    runtime: Runtime, slack_id: str, given: Mapping[str, Any], button: CardButton | None
) -> Entity | None:
    """Return the record of the card with the button, as the person may see it."""
    if not button:
        return None
    async with by_hand.as_person(runtime, slack_id) as ctx:
        return await load(ctx, str(given.get(button.parameter)))


def present_form_in(view: Body) -> Tool | None:
    """Return the tool of a form that shows present values; None for any other view."""
    names = tools_in(view)
    tool = TOOLS.get(names[0]) if names else None
    return tool if tool and tool.opens else None


async def refresh_form(runtime: Runtime, body: Body) -> None:
    """Update the form in which a button was pressed."""
    view = body["view"]
    if tool := present_form_in(view):
        await _show(runtime, body, view["id"], tool)


async def refresh_form_below(runtime: Runtime, body: Body) -> None:
    """Update the form below the one that was submitted, if there is one."""
    names, below = tools_in(body["view"]), body["view"].get("previous_view_id")
    tool = TOOLS.get(names[1]) if len(names) > 1 else None
    if below and tool:
        await _show(runtime, body, below, tool)


async def _show(runtime: Runtime, body: Body, view_id: str, tool: Tool) -> None:
    """Show the tool's form anew in an open view.

    Best effort: the result of the change is shown elsewhere too.
    """
    try:
        fresh = await form_view(runtime, body["user"]["id"], tool, {})
    except Exception:
        log.exception("form_not_refreshed", tool=tool.name)
    else:
        await best_effort(runtime.slack.views_update, view_id=view_id, view=fresh)
