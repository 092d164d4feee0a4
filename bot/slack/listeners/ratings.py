"""Presses of the buttons that say whether an answer helped."""

from slack_bolt.context.respond.async_respond import AsyncRespond

from bot.slack.listeners import by_hand
from bot.slack.listeners.clicks import tool_in
from bot.slack.listeners.forms import open_form
from bot.slack.listeners.listener import Listener
from bot.slack.listeners.press import Body, press, tell


class Ratings(Listener):
    @press
    async def on_rate(self, body: Body, respond: AsyncRespond) -> None:
        """Store at once whether the answer helped; if it did not, ask why."""
        tool, arguments = tool_in(body)
        said = await by_hand.call(self.runtime, body["user"]["id"], tool, arguments)
        if not arguments["helped"]:
            await open_form(self.runtime, body, body["user"]["id"], tool, arguments)
        await tell(self.runtime, body, respond, str(said))
