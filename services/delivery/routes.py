"""Routes: how a delivery is stored, and which job takes it, by its kind.

Each job is given the thread, and its lock is the thread too: in one thread deliveries of all kinds
are worked on one at a time.
"""

from typing import Any

from procrastinate import App as Queue
from sqlalchemy import text

from services.storage.database import Executor

QUESTION = "question"
"""Something that a person asks the desk."""

ANSWER = "answer"
"""The job that answers the questions that wait in a thread."""

ROUTES = {QUESTION: ANSWER}
"""The job of each kind of delivery."""

_RECEIVE = (
    "SELECT * FROM app.receive(%(kind)s, %(task)s, %(message)s, %(thread)s, %(said)s, %(asked)s)"
)


async def receive(
    queue: Queue, kind: str, *, message: str, thread: str, said: dict[str, Any], asked: bool
) -> tuple[str, int | None]:
    """Store a delivery and its job; both are committed when this returns.

    Return what became of it (stored, overheard or repeated) and the number of its delivery. A
    message that nobody asked the desk is stored without its words, in case the mention that it
    follows is delivered later and makes the thread the desk's.
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
    """Remove the words of a message from deliveries and transcripts; unanswered, it is ignored.

    A message that is delivered later than its deletion is not stored any more.
    """
    await executor.execute(_DELETE_WORDS, message=message, thread=thread)
