"""What a model may have its words from, read out of a transcript."""

from collections.abc import Sequence

from services.agent.transcript import OTHERS, Message
from services.changes.disclosure import Source
from services.entities.base import find_ids


def source_of(messages: Sequence[Message]) -> Source:
    """Return the person's own messages, and the ids in all else that the model was sent.

    Those are results of tools, the words of other people and answers, of all turns of the thread.
    """
    own: list[str] = []
    other: list[str] = []
    for message in messages:
        is_own = message["role"] == "user" and not message.get(OTHERS)
        (own if is_own else other).append(str(message.get("content") or ""))
    return Source(own, find_ids("\n".join(other)))
