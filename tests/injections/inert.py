"""What no call to Slack may contain, whatever a record, a person or a model has written."""

import html
import re
from collections.abc import Iterator
from typing import Any

Words = tuple[str, str]
"""A text and how Slack parses it: as `mrkdwn`, `verbatim` (mrkdwn without links) or `markdown`."""

_MENTION = re.compile(r"(<|&lt;|&#0*60;|&#x0*3c;)[@#!](?!date\^\d+\^)", re.IGNORECASE)
_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_TAGS = re.compile("[\U000e0000-\U000e007f]")
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.|mailto:)[^\s<>\"|]+", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^)]*)\)")
_NAMES_A_PLACE = re.compile(r"\w[.․。．｡]\w|//")
_RAW = re.compile(r"<(?!!date\^)")
_ENDS = ".,;:!?*_~'\"`)]}([|…”’“"


def words(node: Any) -> Iterator[Words]:
    """Yield every text within the arguments of a call, also the fallback text."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            kind = "verbatim" if node.get("verbatim") else node.get("type", "mrkdwn")
            yield node["text"], str(kind)
        for value in node.values():
            yield from words(value)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from words(each)


def elements(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every JSON object within the arguments of a call."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from elements(value)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from elements(each)


def addresses(text: str) -> set[str]:
    return {found.rstrip(_ENDS) for found in _ADDRESS.findall(html.unescape(text))}


def _known(address: str, known: set[str]) -> bool:
    """Return whether the address is a known one in ASCII, whole or shortened like a title."""
    return any(each.startswith(address) for each in known)


def acting(node: Any) -> list[str]:
    """Return texts that would notify people, hide or reorder text, or be Slack's markup."""
    return [each for each, kind in words(node) if _acts(each, kind)]


def _acts(text: str, kind: str) -> bool:
    if _UNSEEN.search(text) or _TAGS.search(text):
        return True
    if kind in ("mrkdwn", "verbatim"):
        return bool(_RAW.search(text))
    return kind == "markdown" and bool(_MENTION.search(text))


def leading_away(node: Any, ours: str, known: str) -> list[str]:
    """Return links to addresses that are neither ours nor known, deceptive links, and pictures."""
    allowed = addresses(known) | {_in_ascii(each) for each in addresses(known)}
    found = [
        address
        for text, kind in words(node)
        if kind != "verbatim"
        for address in addresses(text)
        if not _known(address, allowed) and not f"{address}/".startswith(f"{ours}/")
    ]
    for text, kind in words(node):
        if kind == "markdown":
            found += _links(text, ours, allowed)
    for each in elements(node):
        if each.get("type") == "image" or "image_url" in each:
            found.append(str(each))
        if "url" in each and not str(each["url"]).startswith(f"{ours}/"):
            found.append(str(each["url"]))
    return found


def _links(text: str, ours: str, allowed: set[str]) -> Iterator[str]:
    """Yield links to unknown hosts, or whose text names another place."""
    for label, address in _LINK.findall(text):
        if not address.startswith(f"{ours}/") and address not in allowed:
            yield address
        if _NAMES_A_PLACE.search(label):
            yield f"{label} for {address}"
    yield from re.findall(r"!\[[^\]]*\]\(|^\[[^\]]+\]: ", text, re.MULTILINE)


def _in_ascii(address: str) -> str:
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    try:
        return f"{scheme}://{host.encode('idna').decode()}{slash}{path}"
    except UnicodeError:
        return address


def previews(told: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return messages whose links Slack would fetch for a preview."""
    posted = [given for method, given in told if method == "chat.postMessage"]
    return [
        str(each)
        for each in posted
        if [each.get(name) for name in ("unfurl_links", "unfurl_media")] != [False, False]
    ]
