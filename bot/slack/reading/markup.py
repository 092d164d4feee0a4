"""Slack's markup of mentions, dates and links, turned into text that names what it refers to."""

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

DESK = "@Deskhand"
"""What the desk is called within a sentence; the built-in rules know it too."""

_PERSON = re.compile(r"[UW][A-Z0-9]+")
_SLACK_ID = re.compile(r"[A-Z][A-Z0-9]+")
# Slack writes a "<" of the person as "&lt;", so each one begins a token.
_TOKEN = re.compile(
    r"<(?:(?P<sign>[@#!])(?P<target>[^<>|]*+)|(?P<address>[a-z][a-z0-9+.-]{1,30}:[^<>|\s]*+))"
    r"(?:\|(?P<label>[^<>]*+))?>",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"[\s(]*+(?:(?:hi|hey|hello|hallo|dear|thanks|thank you|thx|ok|okay|yes|no|sorry|cc|fyi)\b"
    r"[\s,.!:-]*+)*+",
    re.IGNORECASE,
)
_BETWEEN = " \t\n\r,:;"
"""The characters between a mention at the start or end of a text and the rest of it."""


def mentioned(text: str) -> list[str]:
    """Return the Slack ids of the people whom a text mentions, each once."""
    return [target for sign, target, _ in _references(text) if sign == "@"]


def unlabelled(text: str) -> list[str]:
    """Return the ids of the people and channels that a text mentions without a label."""
    return [target for _, target, label in _references(text) if not label]


def _references(text: str) -> Iterator[tuple[str, str, str]]:
    found = {
        (each["sign"], each["target"]): each["label"] or ""
        for each in _TOKEN.finditer(text)
        if each["sign"] in ("@", "#") and _SLACK_ID.fullmatch(each["target"])
    }
    for (sign, target), label in found.items():
        if sign == "#" or _PERSON.fullmatch(target):
            yield sign, target, label


def is_for_others(text: str) -> bool:
    """Return whether a text begins by addressing somebody else: "@alice yes", "thanks, @net!"."""
    begin = _GREETING.match(text)
    first = _TOKEN.match(text, begin.end() if begin else 0)
    if first is None or first["sign"] not in ("@", "!"):
        return False
    return first["sign"] == "@" or not first["target"].startswith("date^")


def without_address(text: str, bot: str) -> str:
    """Return the text without mentions of the bot at its ends, which only address the desk."""
    ours = [each for each in _TOKEN.finditer(text) if _is_mention(each, bot)]
    start, end = 0, len(text)
    for each in ours:
        if text[start : each.start()].strip(_BETWEEN):
            break
        start = each.end()
    for each in reversed(ours):
        if each.start() < start or text[each.end() : end].strip(_BETWEEN):
            break
        end = each.start()
    kept = text[start:end]
    return (kept.lstrip(_BETWEEN) if start else kept).strip()


def _is_mention(token: re.Match[str], slack_id: str) -> bool:
    return token["sign"] == "@" and token["target"] == slack_id


def plain(text: str, names: Mapping[str, str]) -> str:
    """Return Slack's markup as plain text; `names` has the names of people and channels by id.

    An id without a name becomes its label or remains: nothing that was mentioned is left out.
    """
    words = _TOKEN.sub(lambda found: _words_for(found, names), text)
    return html.unescape(words).strip()


def _words_for(token: re.Match[str], names: Mapping[str, str]) -> str:
    label = (token["label"] or "").strip()
    if address := token["address"]:
        return _link(address, label)
    sign, target = token["sign"], token["target"].strip()
    if sign == "!":
        return _special(target, label)
    return names.get(target) or _signed(sign, label or target)


def _special(target: str, label: str) -> str:
    """Return the text of <!here>, <!subteam^S1|@net>, <!date^1392734382^{date}|February 18>."""
    kind, _, rest = target.partition("^")
    if kind == "date":
        return label or _moment(rest.partition("^")[0])
    return _signed("@", label or rest or kind)


def _moment(seconds: str) -> str:
    try:
        return f"{datetime.fromtimestamp(int(seconds[:12]), UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return seconds


def _signed(sign: str, name: str) -> str:
    return sign + name.lstrip(sign)


def _link(address: str, label: str) -> str:
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    return bare if label in ("", bare, address) else f"{label} ({bare})"
