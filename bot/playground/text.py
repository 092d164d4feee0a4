"""Turns what people type into what Slack stores: escaped text, mentions, links, rich text."""

import re
from collections.abc import Iterable

from bot.playground.nouns import Channel, Json, User

TOKEN = re.compile(r"<(?P<tag>[@#!]?)(?P<target>[^<>|\s]++)(?:\|(?P<label>[^<>]*+))?>")
TYPED = re.compile(
    r"(?P<token><[@#][A-Z0-9]++(?:\|[^<>]*+)?>)"
    r"|(?P<url>https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"])"
    r"|(?<![\w@])@(?P<person>[\w.\-]+)"
    r"|(?<![\w#&])#(?P<channel>[\w\-]+)"
)

STYLES = ("code", "bold", "italic", "strike", "emoji")
STYLED = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|(?<!\w)\*(?P<bold>[^*\s](?:[^*\n]*[^*\s])?)\*(?!\w)"
    r"|(?<!\w)_(?P<italic>[^_\s](?:[^_\n]*[^_\s])?)_(?!\w)"
    r"|(?<!\w)~(?P<strike>[^~\s](?:[^~\n]*[^~\s])?)~(?!\w)"
    r"|(?<![\w:]):(?P<emoji>[a-z][a-z0-9_+-]*):(?![\w:])"
)


class Names:
    """Finds the people and channels that a typed text names."""

    def __init__(
        self, users: Iterable[User], channels: Iterable[Channel], *, labels: bool = False
    ) -> None:
        self._labels = labels
        self._people = {u.id: u for u in users}
        self._rooms = {c.id: c for c in channels if not c.is_im}
        self._by_name = {u.name.lower(): u.id for u in self._people.values()}
        self._room_by_name = {c.name.lower(): c.id for c in self._rooms.values()}

    def encode(self, typed: str) -> str:
        """Return the text as Slack stores it; with `labels`, as slash commands receive it."""
        parts, end = [], 0
        for match in TYPED.finditer(typed):
            parts += [escape(typed[end : match.start()]), self._replace(match)]
            end = match.end()
        return "".join([*parts, escape(typed[end:])])

    def _replace(self, match: re.Match[str]) -> str:
        whole = match.group()
        if match["token"]:
            return self._token(whole)
        if match["url"]:
            return f"<{escape(whole)}>"
        if match["person"]:
            return self._at(match["person"]) or whole
        found = self._room_by_name.get(match["channel"].lower())
        return self._room(found) if found else whole

    def _token(self, whole: str) -> str:
        """Return a token such as `<@U123>` as Slack stores it, or escaped if its id is unknown."""
        target = whole[2:-1].partition("|")[0]
        if target in self._people:
            return self._person(target)
        return self._room(target) if target in self._rooms else escape(whole)

    def _at(self, name: str) -> str | None:
        """Return the mention for a name typed after `@`, or None for an unknown name.

        A full stop or dash after the name is kept behind the mention.
        """
        bare = name if name.lower() in self._by_name else name.rstrip(".-")
        found = self._by_name.get(bare.lower())
        return self._person(found) + name[len(bare) :] if found else None

    def _person(self, user_id: str) -> str:
        return f"<@{user_id}|{self._people[user_id].name}>" if self._labels else f"<@{user_id}>"

    def _room(self, channel_id: str) -> str:
        return f"<#{channel_id}|{self._rooms[channel_id].name}>"


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def rich_text(text: str, block_id: str) -> Json:
    """Return the rich_text block that Slack's composer makes of a person's message."""
    elements: list[Json] = []
    end = 0
    for match in TOKEN.finditer(text):
        elements += _rich_words(text[end : match.start()])
        elements.append(_rich_token(match))
        end = match.end()
    elements += _rich_words(text[end:])
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}


def _rich_words(text: str) -> list[Json]:
    elements: list[Json] = []
    end = 0
    for match in STYLED.finditer(text):
        elements += _rich_text(text[end : match.start()])
        style = next(name for name in STYLES if match[name])
        if style == "emoji":
            elements.append({"type": "emoji", "name": match[style]})
        else:
            elements += _rich_text(match[style], {style: True})
        end = match.end()
    return elements + _rich_text(text[end:])


def _rich_text(text: str, style: Json | None = None) -> list[Json]:
    if not text:
        return []
    element: Json = {"type": "text", "text": unescape(text)}
    return [element | {"style": style} if style else element]


def _rich_token(match: re.Match[str]) -> Json:
    target = match["target"]
    match match["tag"]:
        case "@":
            return {"type": "user", "user_id": target}
        case "#":
            return {"type": "channel", "channel_id": target}
        case "!":
            return {"type": "broadcast", "range": target}
    return {"type": "link", "url": unescape(target)}
