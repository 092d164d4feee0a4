"""App Home and the form for a new ticket."""

import asyncio
from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from sqlalchemy import bindparam, select

from bot.runtime import Runtime
from bot.slack.people.identity import actor_for, identify
from bot.slack.render import blocks, views
from bot.slack.render.text import plain
from services.context import Context, Role, acting
from services.entities.digest import Digest
from services.errors import DeskError
from services.tools import TOOLS, Page

Body = dict[str, Any]

PATIENCE = 2.0
"""Seconds until a form gives way: Slack's own patience ends after three."""
CREATING = "Your ticket is being created; this takes longer than usual. It will be shown here."
NOT_CREATED = "Something went wrong here, and no ticket was created. Please try again."
DIGEST_ON = "Your morning digest is on: each weekday at 9:00. `/itsm digest off` ends it."
DIGEST_OFF = "`/itsm digest on` sends you your open and ageing tickets each weekday at 9:00."


async def lists_of(ctx: Context, tools: Mapping[str, str]) -> list[blocks.List]:
    """What each of these tools lists, under its heading."""
    lists: list[blocks.List] = []
    for heading, tool in tools.items():
        page = await TOOLS[tool](ctx)
        assert isinstance(page, Page)  # noqa: S101 - it is a tool that lists
        lists.append((heading, page.refs, page.total))
    return lists


_DIGEST = select(Digest.day).where(Digest.person_id == bindparam("person"))


class Home:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_opened(self, event: Body) -> None:
        if event.get("tab") == "home":
            await self._publish(event["user"])

    async def _publish(self, slack_id: str) -> None:
        try:
            view = await self._view(slack_id)
        except DeskError as error:
            view = {"type": "home", "blocks": blocks.sentence(str(error))}
        await self.runtime.slack.views_publish(user_id=slack_id, view=view)

    async def _view(self, slack_id: str) -> blocks.Block:
        person = await identify(self.runtime, slack_id)
        names = {"Your open tickets": "my_tickets", "Your machines": "my_machines"}
        if Role[person.role] >= Role.technician:
            names = {"Assigned to you": "tickets_assigned_to_me", **names}
        async with acting(self.runtime.database, actor_for(person)) as ctx:
            lists = await lists_of(ctx, names)
            digest = await ctx.fetch_all(_DIGEST, person=person.id)
        web_url = self.runtime.settings.web_url
        return views.home(person.name, lists, DIGEST_ON if digest else DIGEST_OFF, web_url)

    async def on_new_ticket(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        await self.runtime.slack.views_open(trigger_id=body["trigger_id"], view=views.ticket_form())

    async def on_ticket_from_message(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        said = plain(body["message"].get("text") or "", {})
        await self.runtime.slack.views_open(
            trigger_id=body["trigger_id"], view=views.ticket_form(said)
        )

    async def on_ticket_form(self, ack: AsyncAck, body: Body) -> None:
        """The form closes with the created ticket's card, or says what to put right.

        Slack says to who waits for three seconds that it failed, and sending the form once more
        would make a second ticket: so the form gives way before.
        """
        creating = asyncio.create_task(self._create(body))
        done, _ = await asyncio.wait({creating}, timeout=PATIENCE)
        if done:
            await ack(**creating.result())
            return
        await ack(response_action="update", view=views.notice_view(CREATING))
        view = views.notice_view(NOT_CREATED)
        try:
            answer = await creating
            view = answer.get("view") or views.notice_view(answer["errors"]["name"])
        finally:
            await self.runtime.slack.views_update(view_id=body["view"]["id"], view=view)

    async def _create(self, body: Body) -> Body:
        """The ticket, and how Slack is to go on with the form."""
        values = body["view"]["state"]["values"]
        name = values["name"]["name"]["value"] or ""
        description = values["description"]["description"]["value"] or ""
        try:
            person = await identify(self.runtime, body["user"]["id"])
            async with acting(self.runtime.database, actor_for(person)) as ctx:
                ticket = await TOOLS["create_ticket"](ctx, name=name, description=description)
                assert not isinstance(ticket, str | Page)  # noqa: S101 - it is the ticket
                view = views.card_view(await ticket.card(ctx), self.runtime.settings.web_url)
        except DeskError as error:
            return {"response_action": "errors", "errors": {"name": str(error)}}
        return {"response_action": "update", "view": view}
