"""Text as Slack shows it: escaped, shortened, and values of cards."""

import html
import re
from datetime import datetime

from services.entities.card import Ref, Value, value_text
from services.sanitize import sanitize

# How Slack writes mentions of people, channels, groups and everyone; in Markdown "&lt;" is "<" too.
_CALLS = re.compile(r"(<|&lt;|&#0*60;|&#x0*3c;)(?=[@#!])", re.IGNORECASE)


def mrkdwn(text: str) -> str:
    """Escape a text of a model or record: Slack shows its special characters and obeys none."""
    return html.escape(sanitize(text), quote=False)


def markdown(text: str) -> str:
    """Escape a text for a `markdown` block, whose own syntax stays."""
    return _CALLS.sub("\\1\u200b", sanitize(text))


def clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def split(text: str, limit: int) -> list[str]:
    """Cut escaped text into parts of at most `limit` characters, but never within an entity."""
    parts = []
    while len(text) > limit:
        entity = text.rfind("&", limit - len("&amp"), limit)
        cut = entity if entity > 0 and ";" not in text[entity:limit] else limit
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text]


def card_value(value: Value) -> str:
    """Return a value of a card as mrkdwn; moments appear in the reader's own time zone."""
    match value:
        case Ref():
            return f"{value.icon} {mrkdwn(value.title)}  `{value.id}`"
        case tuple():
            return "\n".join(card_value(ref) for ref in value)
        case datetime():
            moment = int(value.timestamp())
            return f"<!date^{moment}^{{date_short_pretty}}, {{time}}|{value_text(value)}>"
        case _:
            return mrkdwn(value_text(value))
