"""Clicks: a record's button opens its card as the person who clicks, and closes it again."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from bot.runtime import Runtime
from bot.slack.people.identity import actor_for, identify
from bot.slack.render import blocks, views
from bot.slack.render.text import mrkdwn
from services.context import acting
from services.entities.base import load
from services.entities.card import Card
from services.errors import DeskError
from services.tools import TOOLS

Body = dict[str, Any]


class Clicks:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_record(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """In place where only this person reads; elsewhere for them alone."""
        await ack()
        key = body["actions"][0]["action_id"].removeprefix(blocks.ENTITY_ACTION)
        if body.get("view"):
            await self._open_dialog(body, key)
            return
        container, message = body["container"], body.get("message") or {}
        alone = bool(container.get("is_ephemeral"))
        shown = message.get("blocks") or []
        if key in blocks.expanded(shown) and (alone or _is_direct(container)):
            await self._replace(respond, blocks.without_card(shown, key), message)
            return
        try:
            card = await self._card(body["user"]["id"], key)
        except DeskError as error:
            await respond(
                text=mrkdwn(str(error)), replace_original=False, **_thread(container, message)
            )
            return
        url = self.runtime.settings.web_url
        if shown and (alone or _is_direct(container)):
            await self._replace(respond, blocks.with_card(shown, blocks.card(card, url)), message)
            return
        await respond(
            text=mrkdwn(card.ref.title),
            blocks=blocks.private_card(card, url),
            response_type="ephemeral",
            replace_original=False,
            **_thread(container, message),
        )

    async def on_close(self, ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(delete_original=True)

    async def on_undo(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        """What the turn changed is changed back, by the person whose turn it was."""
        await ack()
        try:
            person = await identify(self.runtime, body["user"]["id"])
            async with acting(self.runtime.database, actor_for(person)) as ctx:
                told = await TOOLS["undo"](ctx, turn=int(body["actions"][0]["value"]))
        except DeskError as error:
            told = str(error)
        await respond(
            text=mrkdwn(str(told)),
            response_type="ephemeral",
            replace_original=False,
            **_thread(body["container"], body.get("message") or {}),
        )

    async def on_link(self, ack: AsyncAck) -> None:
        """Slack tells of clicks on links too, and waits for an acknowledgement."""
        await ack()

    async def _card(self, slack_id: str, key: str) -> Card:
        person = await identify(self.runtime, slack_id)
        async with acting(self.runtime.database, actor_for(person)) as ctx:
            return await (await load(ctx, key)).card(ctx)

    async def _replace(
        self, respond: AsyncRespond, changed: list[blocks.Block], message: Body
    ) -> None:
        await respond(text=message.get("text", ""), blocks=changed, replace_original=True)

    async def _open_dialog(self, body: Body, key: str) -> None:
        try:
            card = await self._card(body["user"]["id"], key)
            view = views.card_view(card, self.runtime.settings.web_url)
        except DeskError as error:
            view = views.notice_view(str(error))
        opened_in_dialog = body["view"]["type"] == "modal"
        open_view = (
            self.runtime.slack.views_push if opened_in_dialog else self.runtime.slack.views_open
        )
        await open_view(trigger_id=body["trigger_id"], view=view)


def _is_direct(container: Body) -> bool:
    return str(container.get("channel_id", "")).startswith("D")


def _thread(container: Body, message: Body) -> Body:
    thread = container.get("thread_ts") or message.get("thread_ts")
    return {"thread_ts": thread} if thread else {}
