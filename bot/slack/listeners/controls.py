"""Presses of Stop and Try again."""

from slack_bolt.context.respond.async_respond import AsyncRespond
from sqlalchemy import text

from bot.slack.api.errors import best_effort
from bot.slack.listeners.listener import Listener
from bot.slack.listeners.press import Body, is_ephemeral, number_in, press
from bot.slack.render.answers import without_retry
from bot.slack.turn.session import end_session
from services.agent.transcript import thread_of
from services.changes.consents import WITHDRAW
from services.delivery.deliveries import ANSWER
from services.jobs.queue import defer
from services.storage.database import WORKER

_STOP = text(
    "UPDATE turns SET stop_asked_at = now() FROM threads, people"
    " WHERE threads.id = thread_id AND threads.key = :thread"
    " AND state = 'running' AND people.id = person_id AND slack_id = :user"
)
_AGAIN = text(
    "INSERT INTO deliveries (key, thread_key, event)"
    " SELECT key || '/again', thread_key, event FROM deliveries"
    " WHERE turn_id = :turn AND event ->> 'user' = :user ORDER BY id"
    " ON CONFLICT DO NOTHING RETURNING thread_key"
)


class Controls(Listener):
    """Presses of Stop and of Try again."""

    @press
    async def on_stop(self, body: Body, respond: AsyncRespond) -> None:
        turn = number_in(body)
        if thread := await thread_of(self.runtime.database, turn):
            await self._stop(thread, body["user"]["id"])

    async def on_session_stopped(self, event: Body) -> None:
        """Stop the turn when somebody presses Slack's own Stop button in a thread with the desk."""
        place = f"{event['channel']}:{event['thread_ts']}"
        await self._stop(f"{self.runtime.bot.team_id}:{place}", event["user"])
        await end_session(self.runtime, event["channel"], event["thread_ts"])

    async def _stop(self, thread: str, slack_user: str) -> None:
        """Stop the user's own turn in the thread, and withdraw the consent that it waits for."""
        whose = {"thread": thread, "user": slack_user}
        async with self.runtime.database.transaction(WORKER) as transaction:
            await transaction.execute(_STOP, **whose)
            if await transaction.fetch_all(WITHDRAW, **whose):
                await defer(self.runtime.queue, transaction, ANSWER, lock=thread, thread=thread)

    @press
    async def on_retry(self, body: Body, respond: AsyncRespond) -> None:
        """Ask the same question again: once, however often the button is pressed."""
        values = {"turn": number_in(body), "user": body["user"]["id"]}
        async with self.runtime.database.transaction(WORKER) as transaction:
            again = await transaction.fetch_one(_AGAIN, **values)
            if again:
                thread = again["thread_key"]
                await defer(self.runtime.queue, transaction, ANSWER, lock=thread, thread=thread)
        if again and is_ephemeral(body):  # its content is unknown
            await best_effort(respond, delete_original=True)
        elif again:
            message = body["message"]
            left = without_retry(message["blocks"])
            await best_effort(respond, text=message["text"], blocks=left, replace_original=True)
