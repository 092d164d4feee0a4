"""Presses of Approve and Refuse on a consent card."""

from slack_bolt.context.respond.async_respond import AsyncRespond

from bot.slack.listeners.listener import Listener
from bot.slack.listeners.press import Body, action_in, number_in, press, respond_or_show
from bot.slack.people.identity import identify
from bot.slack.render import blocks, views
from bot.slack.turn.consent_cards import message_for
from services.agent.transcript import thread_of
from services.changes.consents import Consent, decide
from services.delivery.deliveries import ANSWER
from services.jobs.queue import defer
from services.storage.database import WORKER


class Decisions(Listener):
    """Presses of Approve and Refuse."""

    @press
    async def on_decision(self, body: Body, respond: AsyncRespond) -> None:
        approve = action_in(body).get("action_id") == blocks.APPROVE
        consent = await self._decide(body["user"]["id"], number_in(body), approve)
        message = await message_for(self.runtime, consent)
        view = views.dialog(message["blocks"])
        replaced = {"replace_original": True, **message}
        await respond_or_show(self.runtime, body, respond, view, **replaced)

    async def _decide(self, slack_id: str, number: int, approve: bool) -> Consent:
        """Store the decision and defer the job that resumes the turn, in one transaction."""
        person = await identify(self.runtime, slack_id)
        async with self.runtime.database.transaction(WORKER) as transaction:
            consent = await decide(transaction, number, person.id, approve=approve)
            thread = await thread_of(transaction, consent.turn_id)
            await defer(self.runtime.queue, transaction, ANSWER, lock=thread, thread=thread)
        return consent
