"""Slack's way of writing text, read and written in one place."""

import html
import re

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>")
_OTHER = re.compile(r"<[#!][^|>]*(?:\|([^>]*))?>")
# Controls except tab and newline, what turns the reading direction around, invisible letters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
# How Slack writes mentions of people, channels, groups and everyone.
_CALLS = re.compile(r"<(?=[@#!])")


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


def harmless(text: str) -> str:
    """Text from a model or a record for a `plain_text` object: nothing in it acts."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def mrkdwn(text: str) -> str:
    """The same for `mrkdwn`: Slack's special characters are shown, not obeyed."""
    return html.escape(harmless(text), quote=False)


def markdown(text: str) -> str:
    """The same for a `markdown` block, whose own syntax stays."""
    return _CALLS.sub("<\u200b", harmless(text))


def clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
