"""Fences off as data what a model is given to read, so that it cannot pass for its instructions."""

import secrets

from services.agent.transcript import OTHERS, Message
from services.sanitize import sanitize

FENCE = secrets.token_hex(8)
"""The word of the marks: of this process alone and never stored, so nobody can write it before."""


def fenced(messages: list[Message]) -> list[Message]:
    """The messages for a model: results of tools and the words of others stand between marks."""
    return [_fenced(each) if each["role"] in ("user", "tool") else each for each in messages]


def _fenced(message: Message) -> Message:
    words = sanitize(str(message.get("content") or ""))
    if message["role"] == "tool" or message.get(OTHERS):
        # A model may have told the word, or written it into a record. Not to nothing: what stood
        # on both sides could close up to the word again.
        words = words.replace(FENCE, "\N{REPLACEMENT CHARACTER}")
        words = f"<data {FENCE}>\n{words}\n</data {FENCE}>"
    return {**{key: message[key] for key in message if key != OTHERS}, "content": words}
