"""Put marks around data in what a model reads, so that it can't pass for instructions."""

import secrets

from services.agent.transcript import OTHERS, Message
from services.sanitize import sanitize

PLACEHOLDER = secrets.token_hex(8)
"""The placeholder in the instructions that `fenced` replaces with the mark of the request."""


def fenced(messages: list[Message]) -> list[Message]:
    """Return the messages with marks around tool results and other people's words.

    The mark is new for each request, so nobody can have written it into a record before.
    """
    mark = secrets.token_hex(8)
    return [_fenced(message, mark) for message in messages]


def _fenced(message: Message, mark: str) -> Message:
    if message["role"] == "system":
        return message | {"content": message["content"].replace(PLACEHOLDER, mark)}
    if message["role"] not in ("user", "tool"):
        return message
    words = sanitize(str(message.get("content") or ""))
    if message["role"] == "tool" or message.get(OTHERS):
        words = f"<data {mark}>\n{words}\n</data {mark}>"
    return {**{key: message[key] for key in message if key != OTHERS}, "content": words}
