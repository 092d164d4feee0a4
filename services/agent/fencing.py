"""Fences: marks around data, so that a model can tell it from its instructions."""

import secrets

from services.agent.transcript import OTHERS, Message
from services.sanitize import sanitize

FENCE = secrets.token_hex(8)
"""A random word in the marks, made at each start and never stored, so nobody can know it."""


def fenced(messages: list[Message]) -> list[Message]:
    """Return the messages with marks around tool results and other people's words."""
    return [_fenced(each) if each["role"] in ("user", "tool") else each for each in messages]


def _fenced(message: Message) -> Message:
    words = sanitize(str(message.get("content") or ""))
    if message["role"] == "tool" or message.get(OTHERS):
        # A model may have revealed the word or written it into a record. It is not just removed:
        # the characters around it could form the word again.
        words = words.replace(FENCE, "\N{REPLACEMENT CHARACTER}")
        words = f"<data {FENCE}>\n{words}\n</data {FENCE}>"
    return {**{key: message[key] for key in message if key != OTHERS}, "content": words}
