"""Slack's way of writing text, read and written in one place."""

import html
import re

from services.sanitize import sanitize

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>")
_OTHER = re.compile(r"<[#!][^|>]*(?:\|([^>]*))?>")
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
