"""Slack's way of writing text, read and written in one place."""

import html
import re
from datetime import datetime

from services.entities.card import Ref, Value, value_text
from services.sanitize import sanitize

# Slack writes a "<" of the person as "&lt;", so none stands within.
_MENTION = re.compile(r"<@([UW][A-Z0-9]++)(?:\|[^<>]*+)?>")
_LINK = re.compile(r"<((?:https?|mailto):[^|<>]++)(?:\|([^<>]*+))?>")
_OTHER = re.compile(r"<[#!][^|<>]*+(?:\|([^<>]*+))?>")
# How Slack writes mentions of people, channels, groups and everyone; in Markdown "&lt;" is "<" too.
_CALLS = re.compile(r"(<|&lt;|&#0*60;|&#x0*3c;)(?=[@#!])", re.IGNORECASE)


def mentioned(text: str) -> list[str]:
    """The Slack ids of the people whom a text mentions."""
    return _MENTION.findall(text)


def plain(text: str, names: dict[str, str]) -> str:
    """What a person wrote, as words: `names` says what a Slack id is called."""
    text = _MENTION.sub(lambda found: names.get(found[1], ""), text)
    text = _LINK.sub(lambda found: _spelled(found[1], found[2]), text)
    text = _OTHER.sub(lambda found: found[1] or "", text)
    return html.unescape(text).strip()


def _spelled(address: str, label: str | None) -> str:
    bare = address.removeprefix("mailto:")
    return bare if label in (None, bare) else f"{label} ({bare})"


def mrkdwn(text: str) -> str:
    """Text from a model or a record: Slack's special characters are shown, not obeyed."""
    return html.escape(sanitize(text), quote=False)


def markdown(text: str) -> str:
    """The same for a `markdown` block, whose own syntax stays."""
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
