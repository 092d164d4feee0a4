"""Forms of tools: opened by buttons, shortcuts and commands; their menus; their submission."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from bot.runtime import Runtime
from bot.slack.listeners import by_hand
from bot.slack.listeners.card_below import refresh_cards, with_place, with_same_place
from bot.slack.listeners.clicks import tool_in
from bot.slack.listeners.form_views import form_view, present_form_in, refresh_form_below
from bot.slack.listeners.home import publish_home
from bot.slack.listeners.listener import Listener
from bot.slack.listeners.press import Body, action_in, ended_in_time, press, show_view
from bot.slack.reading.message import read_message
from bot.slack.reading.names import read
from bot.slack.render import forms, views
from bot.slack.render.ack import fits_ack
from bot.slack.render.submitted import arguments_in, given_in, tools_in
from bot.slack.sentences import FORM_FAILED, OUTDATED, SLOW
from services.entities.card import Ref
from services.entities.registry import ENTITY_TYPES
from services.errors import DeskError
from services.tools import TOOLS, Tool
from services.tools.lookup import find
from services.tools.surfaces import CardButton
from services.tools.tickets import create_ticket

log = structlog.get_logger()

AFTER_ACK = 0.5
"""Seconds between acknowledging a form and updating its view: Slack loses an earlier update."""


class Forms(Listener):
    @press
    async def on_open(self, body: Body, respond: AsyncRespond) -> None:
        """Open the form of a button's tool."""
        tool, given = tool_in(body)
        label = str(action_in(body).get("action_id")).split(":", 2)[-1]
        button = next((each for each in tool.buttons if each.label == label), None)
        await open_form(self.runtime, body, body["user"]["id"], tool, given, button)

    @press
    async def on_new_ticket(self, body: Body, respond: AsyncRespond) -> None:
        await open_form(self.runtime, body, body["user"]["id"], create_ticket, {})

    @press
    async def on_ticket_from_message(self, body: Body, respond: AsyncRespond) -> None:
        """Open the form of a new ticket, with the text of the message as its description."""
        written = read_message(body.get("message") or {})
        parts = (await read(self.runtime, each) for each in (written.text, written.carried))
        words = "\n\n".join([each async for each in parts if each])
        given = {"description": words}
        await open_form(self.runtime, body, body["user"]["id"], create_ticket, given)

    async def on_options(self, ack: AsyncAck, body: Body) -> None:
        """Answer a search-as-you-type menu with records that the person may see."""
        try:
            kind = ENTITY_TYPES[str(body.get("action_id")).removeprefix(forms.RECORD_ACTION)]
            async with by_hand.as_person(self.runtime, body["user"]["id"]) as ctx:
                found = await find(ctx, kind, str(body.get("value") or ""))
        except (DeskError, KeyError):
            found = []
        except Exception:
            log.exception("options_failed")
            found = []
        await ack(**forms.options(found))

    async def on_offered(self, ack: AsyncAck, body: Body) -> None:
        """Answer a search-as-you-type menu with the values that a tool's parameter offers."""
        values: Sequence[str | Ref] = ()
        try:
            name, parameter = str(body.get("action_id")).split(":")[1:3]
            tool = TOOLS[name]
            async with by_hand.as_person(self.runtime, body["user"]["id"]) as ctx:
                if (note := tool.parameters[parameter].offered) and tool.allows(ctx):
                    values = await note.values(ctx, **given_in(body.get("view") or {}))
        except (DeskError, KeyError, ValueError):
            pass
        except Exception:
            log.exception("options_failed")
        await ack(**forms.offered(values, str(body.get("value") or "")))

    async def on_submit(self, ack: AsyncAck, body: Body) -> None:
        """Replace the form by the result, or say at the field what to correct.

        Slack shows a failure after three seconds, and submitting again would create a second
        record: a slow call is acknowledged before that, and the view is updated later. So it is
        after a call with a long result.
        """
        calling = asyncio.create_task(self._submitted(body))
        if await ended_in_time(calling) and fits_ack(calling.result()):
            await ack(**calling.result())
            await self._refresh(body, calling.result())
            return
        await ack(response_action="update", view=views.notice_view(SLOW))
        await asyncio.sleep(AFTER_ACK)
        answer = await calling
        view = answer.get("view") or views.notice_view(next(iter(answer["errors"].values())))
        await self.runtime.slack.views_update(view_id=body["view"]["id"], view=view)
        await self._refresh(body, answer)

    async def _refresh(self, body: Body, answer: Body) -> None:
        """Show the change where the form may have been opened: App Home, another form, a card."""
        if "view" in answer:
            await publish_home(self.runtime, body["user"]["id"])
            await refresh_form_below(self.runtime, body)
            await refresh_cards(self.runtime, body)

    async def _submitted(self, body: Body) -> Body:
        """Call the tool and return the `response_action` for Slack; never raises."""
        try:
            tool, arguments = _submitted_form(body)
        except DeskError as error:
            return _notice(str(error))
        try:
            result = await by_hand.call(self.runtime, body["user"]["id"], tool, arguments)
        except DeskError as error:
            return _at_field(body["view"], error)
        except Exception:
            log.exception("form_failed", tool=tool.name)
            return _notice(FORM_FAILED)
        view = with_same_place(by_hand.shown_in_view(result), body)
        return {"response_action": "update", "view": view}


async def open_form(
    runtime: Runtime,
    body: Body,
    slack_id: str,
    tool: Tool,
    given: dict[str, Any],
    button: CardButton | None = None,
) -> None:
    """Open the tool's form for the person, or raise `DeskError` where they may not use it."""
    below = present_form_in(body.get("view") or {})
    name = below.name if below else ""
    form = await form_view(runtime, slack_id, tool, given, button, below=name)
    await show_view(runtime, body, with_place(form, body))


def _submitted_form(body: Body) -> tuple[Tool, dict[str, Any]]:
    view = body.get("view") or {}
    names = tools_in(view)
    if not names or names[0] not in TOOLS:
        raise DeskError(OUTDATED)
    tool = TOOLS[names[0]]
    try:
        return tool, arguments_in(tool, view)
    except (ValueError, TypeError, AttributeError, KeyError):
        raise DeskError(OUTDATED) from None


def _at_field(view: Body, error: DeskError) -> Body:
    """Return the answer to Slack that shows the error at its field, or else at the first field."""
    fields = [block["block_id"] for block in view.get("blocks") or [] if block["type"] == "input"]
    if error.field not in fields:
        fields = fields or list((view.get("state") or {}).get("values") or {})
    else:
        fields = [error.field]
    if not fields:
        return _notice(str(error))
    return {"response_action": "errors", "errors": {fields[0]: str(error)}}


def _notice(sentence: str) -> Body:
    return {"response_action": "update", "view": views.notice_view(sentence)}
