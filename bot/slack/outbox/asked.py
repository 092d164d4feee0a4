"""Questions typed behind a command: they are answered in the person's direct messages."""

from typing import Any
from uuid import uuid4

from bot.runtime import Runtime
from bot.slack.api.send_once import Body
from bot.slack.reading.names import read
from bot.slack.render import blocks
from services.delivery.deliveries import QUESTION, receive
from services.delivery.outbox import OutboxMessage, enqueue
from services.storage.database import WORKER

TITLE = "You asked with {command}: {words}"


async def ask(runtime: Runtime, slack_id: str, command: str, words: str) -> None:
    """Put a question typed behind a command into the outbox; `words` are in Slack's markup."""
    payload = {"command": command, "words": words.replace("\0", " ")}  # JSON in Postgres has no NUL
    async with runtime.database.transaction(WORKER) as transaction:
        await enqueue(
            runtime.queue, transaction, f"asked:{uuid4().hex}", "asked", payload, user=slack_id
        )


async def asked_body(runtime: Runtime, payload: dict[str, Any]) -> Body:
    """Render the message that opens the thread of the question."""
    words = await read(runtime, payload["words"])
    title = TITLE.format(command=payload["command"], words=words)
    return {"text": blocks.notification(title), "blocks": blocks.sentence(title)}


async def store_question(runtime: Runtime, message: OutboxMessage) -> None:
    """Store the question as a message in the thread that was opened for it, once."""
    opened = await runtime.slack.conversations_open(users=str(message.slack_user))
    channel = opened["channel"]["id"]
    said = {"channel": channel, "user": message.slack_user, "ts": message.ts, "thread_ts": None}
    said |= {"text": message.payload["words"], "shared": False, "direct": True}
    key = f"{runtime.bot.team_id}:{channel}:{message.ts}"
    await receive(runtime.queue, QUESTION, message=key, thread=key, said=said, asked=True)
