"""Text as Slack shows it: escaped and shortened."""

import html
import re

from services.sanitize import sanitize

# How Slack writes mentions of people, channels, groups and everyone; in Markdown "&lt;" is "<" too.
_CALLS = re.compile(r"(<|&lt;|&#0*60;|&#x0*3c;)(?=[@#!])", re.IGNORECASE)


def mrkdwn(text: str) -> str:
    """Escape a text of a model or record: Slack shows `&`, `<` and `>` and parses none of them."""
    return html.escape(sanitize(text), quote=False)


def markdown(text: str) -> str:
    """Escape a text for a `markdown` block, whose own syntax stays."""
    return _CALLS.sub("\\1\u200b", sanitize(text))


def clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def split(text: str, limit: int) -> list[str]:
    """Cut escaped text into parts of at most `limit` characters, never within an `&amp;`."""
    parts = []
    while len(text) > limit:
        entity = text.rfind("&", limit - len("&amp"), limit)
        cut = entity if entity > 0 and ";" not in text[entity:limit] else limit
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text]
