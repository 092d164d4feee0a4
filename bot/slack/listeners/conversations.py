"""A person's own conversations: the dialog that lists them, and deleting one."""

from slack_bolt.context.respond.async_respond import AsyncRespond

from bot.slack.listeners import by_hand
from bot.slack.listeners.home import publish_home
from bot.slack.listeners.listener import Listener
from bot.slack.listeners.press import Body, number_in, press, show_view, tell
from bot.slack.render.conversations import MOST_IN_DIALOG, conversations_view
from services.agent.own_conversations import delete_conversation, own_conversations


class Conversations(Listener):
    @press
    async def on_all(self, body: Body, respond: AsyncRespond) -> None:
        await show_view(self.runtime, body, await self._dialog(body))

    @press
    async def on_delete(self, body: Body, respond: AsyncRespond) -> None:
        """Delete the conversation, and show the list without it where the button stands."""
        user, number = body["user"]["id"], number_in(body)
        said = await by_hand.call(self.runtime, user, delete_conversation, {"conversation": number})
        view = body.get("view") or {}
        if view.get("type") == "modal":
            shown = await self._dialog(body)
            await self.runtime.slack.views_update(view_id=view["id"], view=shown)
        else:
            await tell(self.runtime, body, respond, str(said))
        await publish_home(self.runtime, user)

    async def _dialog(self, body: Body) -> Body:
        async with by_hand.as_person(self.runtime, body["user"]["id"]) as ctx:
            shown, total = await own_conversations(ctx, MOST_IN_DIALOG)
            return conversations_view(shown, total, ctx.now)
