"""Find in a transcript where a model may have taken a text from."""

from collections.abc import Sequence

from services.agent.transcript import OTHERS, Message
from services.changes.disclosure import Source
from services.entities.base import find_ids


def source_of(messages: Sequence[Message]) -> Source:
    """Return the person's own messages, and the record ids in all the other messages.

    The others are tool results, other people's messages and answers, of all turns of the thread.
    """
    own: list[str] = []
    other: list[str] = []
    for message in messages:
        is_own = message["role"] == "user" and not message.get(OTHERS)
        (own if is_own else other).append(str(message.get("content") or ""))
    return Source(own, find_ids("\n".join(other)))
