"""The `send` job: messages of the outbox that belong to no turn."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from procrastinate import App as Queue
from procrastinate import JobContext

from bot.runtime import Runtime
from bot.slack.api.errors import may_be_under_way, may_pass, reason
from bot.slack.api.send_once import Body
from bot.slack.outbox.asked import asked_body, store_question
from bot.slack.outbox.digest import digest_body
from bot.slack.outbox.sender import Place, Sender, give_up
from bot.slack.people.conflicts import CONFLICT, conflict_body
from services.delivery.outbox import (
    MAX_ATTEMPTS,
    SEND,
    OutboxMessage,
    attempt_next,
    record_failure,
    settle,
)
from services.jobs.queue import RetryWithBackoff

log = structlog.get_logger()

Render = Callable[[Runtime, dict[str, Any]], Awaitable[Body | None]]
"""A function that makes a message's body from its payload; None if there is nothing left to say."""

RENDERERS: dict[str, Render] = {"digest": digest_body, "asked": asked_body, CONFLICT: conflict_body}
"""The function that renders the body of each kind of message."""

AFTERWARDS: dict[str, Callable[[Runtime, OutboxMessage], Awaitable[None]]] = {
    "asked": store_question
}
"""The function that is called at least once after a message of each kind was sent."""


def register(queue: Queue) -> None:
    queue.task(name=SEND, pass_context=True, retry=RetryWithBackoff())(send)


async def send(context: JobContext, conversation: str) -> None:
    """Send a conversation's waiting messages, oldest first; the job's lock keeps the order."""
    runtime: Runtime = context.additional_context["runtime"]
    while message := await attempt_next(runtime.database, conversation):
        try:
            await _send(runtime, message)
        except Exception as error:
            why = reason(error) or type(error).__name__
            if may_pass(error):
                unclear = may_be_under_way(error)
                await record_failure(runtime.database, message, why, unclear=unclear)
                raise
            log.exception("message_failed", key=message.key)
            give_up(message, why)
        await settle(runtime.database, [message])
        log.info("message_settled", key=message.key, state=message.state)


async def _send(runtime: Runtime, message: OutboxMessage) -> None:
    if message.attempts > MAX_ATTEMPTS + 1:  # looking for it is what fails
        give_up(message, message.error or "")
        return
    body = await RENDERERS[message.kind](runtime, message.payload)
    if body is None:
        message.state = "skipped"
        return
    place = Place(str(message.slack_user), message.channel, message.thread_ts)
    failed = message.attempts - 1
    sender = Sender(runtime.slack, place, message.posting_at, attempts=failed)
    await sender.send([(message, body)])
    if message.state == "sent" and message.kind in AFTERWARDS:
        await AFTERWARDS[message.kind](runtime, message)
