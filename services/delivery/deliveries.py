"""Store deliveries, and defer the job that their kind asks for.

The job's argument and its lock are the key of the thread: the deliveries of a thread, of whatever
kind, are worked on one at a time.
"""

from typing import Any

from procrastinate import App as Queue
from sqlalchemy import text

from services.storage.database import Executor

QUESTION = "question"
"""The kind of a message that asks the desk something."""

ANSWER = "answer"
"""The name of the job that answers the questions waiting in a thread."""

ROUTES = {QUESTION: ANSWER}
"""Which job works on each kind of delivery."""

_RECEIVE = (
    "SELECT * FROM app.receive(%(kind)s, %(task)s, %(message)s, %(thread)s, %(said)s, %(asked)s)"
)


async def receive(
    queue: Queue, kind: str, *, message: str, thread: str, said: dict[str, Any], asked: bool
) -> tuple[str, int | None]:
    """Store a delivery and its job; both are committed when this returns.

    Return what became of it (stored, overheard or repeated) and the number of its delivery. With
    `asked` false the message does not address the desk, and is stored without its words: Slack may
    deliver later the mention that it replies to, which makes the thread one of the desk.
    """
    stored = await queue.connector.execute_query_one_async(
        _RECEIVE,
        kind=kind,
        task=ROUTES[kind],
        message=message,
        thread=thread,
        said=said,
        asked=asked,
    )
    return stored["state"], stored["delivery"]


_DELETE_WORDS = text("SELECT app.delete_words(:message, :thread)")


async def delete_words(executor: Executor, *, message: str, thread: str) -> None:
    """Remove the words of a message that was deleted in Slack from deliveries and transcripts.

    If it has no answer yet, it gets none. If Slack delivers it after this, it is not stored.
    """
    await executor.execute(_DELETE_WORDS, message=message, thread=thread)
