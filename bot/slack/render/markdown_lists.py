"""The lists in a text of Markdown, and their items as Slack's text objects."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.slack.render.literal import FORMATTING, LONGEST, Text, parsed, plain
from bot.slack.render.text import mrkdwn

_ITEM = re.compile(r"\A(?P<indent> {0,3})(?P<marker>[-*+•]|\d{1,4}[.)])\s++(?P<text>\S.*)")
_INDENTED = re.compile(r"\A(?P<indent> {2,}+|\t)\s*+(?P<bullet>[-*+•]\s++)?(?P<text>\S.*)")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_LINK = re.compile(r"\]\(|://|\bwww\.")
_INLINE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|`(?P<code>[^`\n]{1,300})`"
    r"|\*\*(?P<bold>(?=\S)(?:\\.|[^*\n\\]){1,600}(?<=\S))\*\*"
    r"|(?<![\w*])\*(?P<star>(?=\S)(?:\\.|[^*\n\\]){1,600}(?<=\S))\*(?![\w*])"
    r"|(?<!\w)_(?P<under>(?=\S)(?:\\.|[^_\n\\]){1,600}(?<=\S))_(?!\w)"
)


@dataclass(slots=True)
class Piece:
    """A part of a text, unchanged; if it is a list, also its items."""

    lines: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    indent: int = 0

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip("\n")

    def takes(self, line: str) -> bool:
        """Return whether a line belongs to this piece, and add it to the items if it is a list."""
        item = _ITEM.fullmatch(line)
        if not line.strip() or not (item or self.items):
            return True
        inner = _INDENTED.fullmatch(line)
        if self.items and inner and len(inner["indent"].expandtabs(4)) > self.indent + 1:
            self.items[-1] += f"\n    {'◦ ' if inner['bullet'] else ''}{inner['text']}"
        elif item and (self.items or not self.lines):
            self.indent = self.indent if self.items else len(item["indent"])
            marker = item["marker"] if item["marker"][0].isdigit() else "•"
            self.items.append(f"{marker} {item['text']}")
        elif item or not self.lines[-1].strip():
            return False
        else:  # a paragraph of an item goes on without indentation
            self.items[-1] += f" {line.strip()}"
        return True


def pieces(text: str) -> list[Piece]:
    """Return the text cut where its lists begin and end, in order."""
    found = [Piece()]
    fenced = False
    for line in text.split("\n"):
        fence = bool(_FENCE.match(line))
        if fence and not fenced and found[-1].items:
            found.append(Piece())
        elif not (fence or fenced or found[-1].takes(line)):
            found.append(Piece())
            found[-1].takes(line)
        found[-1].lines.append(line)
        fenced ^= fence
    return [piece for piece in found if piece.text.strip()]


def has_table(text: str) -> bool:
    """Return whether the text has a Markdown table: the line between its head and its rows."""
    return any({"|", "-"} <= set(line) <= set(" \t|:-") for line in text.splitlines())


def item_text(item: str) -> Text | None:
    """Return an item as a text object beside a button; None if only Markdown can show it.

    Emphasis is kept unless the item has other text that mrkdwn would format.
    """
    if _LINK.search(item) or len(item) > LONGEST // 2:
        return None
    parts = list(_parts(item))
    if any(FORMATTING.search(words) for words, mark in parts if mark != "`"):
        return plain("".join(words for words, _ in parts))
    text = parsed("".join(f"{mark}{mrkdwn(words)}{mark}" for words, mark in parts))
    return text if len(str(text["text"])) < LONGEST else None


def _parts(markdown: str, mark: str = "") -> Iterator[tuple[str, str]]:
    """Yield the parts of a text, each with its mark of emphasis in mrkdwn."""
    marks = {"bold": "*", "star": "_", "under": "_"}
    end = 0
    for found in _INLINE.finditer(markdown):
        yield markdown[end : found.start()], mark
        end = found.end()
        kind = str(found.lastgroup)
        if kind == "escaped":
            yield found[kind], mark
        elif kind == "code":
            yield found[kind], "`"
        else:
            yield "".join(words for words, _ in _parts(found[kind])), marks[kind]
    yield markdown[end:], mark
