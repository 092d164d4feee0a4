"""Presses of buttons: a record's button opens its card, a tool's button calls the tool."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from slack_bolt.context.respond.async_respond import AsyncRespond

from bot.slack.listeners import by_hand, open_cards
from bot.slack.listeners.by_hand import OpenCard, Outcome
from bot.slack.listeners.card_below import refresh_cards, with_same_place
from bot.slack.listeners.form_views import present_form_in, refresh_form
from bot.slack.listeners.home import publish_home
from bot.slack.listeners.listener import Listener
from bot.slack.listeners.press import (
    Body,
    action_in,
    ended_in_time,
    is_ephemeral,
    press,
    read_alone,
    respond_or_show,
    show_view,
    tell,
    thread_in,
)
from bot.slack.render import blocks, cards, views
from bot.slack.render.answers import OFFERS_BLOCK
from bot.slack.render.text import mrkdwn
from bot.slack.sentences import OUTDATED, SLOW, TAKEN
from services.entities.base import load
from services.errors import DeskError
from services.tools import TOOLS, Page, Tool


class Clicks(Listener):
    @press
    async def on_record(self, body: Body, respond: AsyncRespond) -> None:
        """Show the record's card in the message if nobody else reads it, else below, to them alone.

        A press in a view, or for a card that already stands below the message, opens a dialog.
        """
        key = str(action_in(body).get("action_id", "")).removeprefix(blocks.ENTITY_ACTION)
        if body.get("view"):
            await show_view(self.runtime, body, (await self._open(body, key)).as_view())
            return
        message = body.get("message") or {}
        before = message.get("blocks") or []
        if key in cards.expanded(before) and read_alone(body):
            await respond(**_with_blocks(message, cards.without_card(before, key)))
            return
        opened = await self._open(body, key)
        if before and read_alone(body):
            await self._show_in_place(body, respond, opened)
        elif not await open_cards.add(self.runtime.database, body, opened.key):
            await show_view(self.runtime, body, opened.as_view())
        elif not await self._show_below(body, respond, opened):
            await open_cards.remove(self.runtime.database, body, opened.key)

    @press
    async def on_close(self, body: Body, respond: AsyncRespond) -> None:
        """Delete the ephemeral card in which the button stands."""
        for key in cards.expanded([action_in(body)]):
            await open_cards.remove(self.runtime.database, body, key)
        await respond(delete_original=True)

    @press
    async def on_tool(self, body: Body, respond: AsyncRespond) -> None:
        """Call the button's tool and show its result."""
        tool, arguments = tool_in(body)
        if present_form_in(body.get("view") or {}):
            await self._in_form(body, tool, arguments)
            return
        async with self._once(body, tool):
            result = await by_hand.call(self.runtime, body["user"]["id"], tool, arguments)
        if body.get("view"):
            await self._show_in_view(body, result)
            await publish_home(self.runtime, body["user"]["id"])
            await refresh_cards(self.runtime, body)
        else:
            await self._show_in_message(body, respond, result)

    async def _show_in_view(self, body: Body, result: Outcome) -> None:
        """Show a changed card in place of the old one, anything else in a dialog."""
        if isinstance(result, OpenCard):
            view = with_same_place(result.as_view(), body)
            await self.runtime.slack.views_update(view_id=body["view"]["id"], view=view)
        else:
            await show_view(self.runtime, body, by_hand.shown_in_view(result))

    async def _show_in_message(self, body: Body, respond: AsyncRespond, result: Outcome) -> None:
        """Show a changed card in place of the old one, anything else to the person alone."""
        in_place = body.get("message") and read_alone(body)
        match result:
            case str():
                await tell(self.runtime, body, respond, result)
            case OpenCard() if in_place and _is_on_card(body, result.key):
                await self._show_in_place(body, respond, result)
            case OpenCard():
                await self._show_below(body, respond, result, replace=is_ephemeral(body))
            case Page():
                await self._show_below(body, respond, result)

    async def _show_in_place(self, body: Body, respond: AsyncRespond, opened: OpenCard) -> None:
        """Show the card in the pressed message, or in a dialog where it does not fit in there."""
        message, view = body["message"], opened.as_view()
        changed = cards.with_card(message.get("blocks") or [], opened.in_message())
        if not blocks.fits(changed):
            await show_view(self.runtime, body, view)
            return
        changed_message = _with_blocks(message, changed)
        await respond_or_show(self.runtime, body, respond, view, **changed_message)

    async def _show_below(
        self, body: Body, respond: AsyncRespond, result: OpenCard | Page, *, replace: bool = False
    ) -> bool:
        """Show the result to the person alone: in a new ephemeral message, or in the pressed one.

        Where Slack refuses the message, show it in a dialog and return False.
        """
        title = result.card.ref.title if isinstance(result, OpenCard) else result.in_words
        message = {
            "text": mrkdwn(title),
            "blocks": by_hand.shown(result),
            "response_type": "ephemeral",
            "replace_original": replace,
            **({} if replace else thread_in(body)),
        }
        view = by_hand.shown_in_view(result)
        return await respond_or_show(self.runtime, body, respond, view, **message)

    async def _in_form(self, body: Body, tool: Tool, arguments: Body) -> None:
        """Call the tool of the pressed button and update the form; a dialog shows its errors."""
        calling = asyncio.create_task(
            by_hand.call(self.runtime, body["user"]["id"], tool, arguments)
        )
        if not await ended_in_time(calling):
            above = await show_view(self.runtime, body, views.notice_view(SLOW))
            view = await _ended(calling)
            await self.runtime.slack.views_update(view_id=above, view=view)
        elif not tool.writes or calling.exception():
            await show_view(self.runtime, body, await _ended(calling))
        await refresh_form(self.runtime, body)

    @asynccontextmanager
    async def _once(self, body: Body, tool: Tool) -> AsyncIterator[None]:
        """Refuse the press if the person has made the change of this offer already.

        A press whose tool fails does not count. Buttons that are no offers are never refused.
        """
        database, action = self.runtime.database, action_in(body)
        if action.get("block_id") != OFFERS_BLOCK or not tool.writes:
            yield
            return
        offer = f"{tool.name} {action.get('value')}"
        if not await open_cards.add(database, body, offer):
            raise DeskError(TAKEN)
        try:
            yield
        except BaseException:
            await open_cards.remove(database, body, offer)
            raise

    async def _open(self, body: Body, key: str) -> OpenCard:
        async with by_hand.as_person(self.runtime, body["user"]["id"]) as ctx:
            return await by_hand.opened(self.runtime, ctx, await load(ctx, key))


def tool_in(body: Body) -> tuple[Tool, Body]:
    """Return the tool and the arguments of a button or a menu's option, or raise `DeskError`."""
    action = action_in(body)
    name = str(action.get("action_id", "")).split(":")[1:2]
    try:
        arguments = orjson.loads((action.get("selected_option") or action).get("value") or "{}")
    except (orjson.JSONDecodeError, TypeError):
        raise DeskError(OUTDATED) from None
    if not name or name[0] not in TOOLS or not isinstance(arguments, dict):
        raise DeskError(OUTDATED)
    return TOOLS[name[0]], arguments


async def _ended(calling: asyncio.Task[Outcome]) -> blocks.Block:
    """Wait for the call, and return its result or its error as a dialog."""
    try:
        return by_hand.shown_in_view(await calling)
    except DeskError as error:
        return views.notice_view(str(error))


def _is_on_card(body: Body, key: str) -> bool:
    """Return whether the pressed button stands on the card of this record."""
    return cards.expanded([action_in(body)]) == [key]


def _with_blocks(message: Body, changed: list[blocks.Block]) -> Body:
    """Return what replaces the pressed message by one with the same text and other blocks."""
    return {"text": message.get("text", ""), "blocks": changed, "replace_original": True}
