"""Convert HTML, in which many help desks store texts, to plain text, and join texts."""

import re
from collections.abc import Iterable
from html import unescape
from html.parser import HTMLParser

_TAGS = (
    "p|div|br|span|b|i|u|strong|em|ul|ol|li|a|img|table|tr|td|h[1-6]|blockquote|pre|font|html|body"
)
_ALONE = "br|p|div|img|ul|ol|table|html|body|blockquote"
_IS_HTML = re.compile(rf"</(?:{_TAGS}) ?>|<(?:{_ALONE})(?: [a-z-]+=[^<>]*)?\s?/?>", re.IGNORECASE)
"""A closing tag, or one that needs none: “if a<b and c>d” has no tag."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,30});", re.IGNORECASE)
_IS_ESCAPED = re.compile(rf"&lt;/?(?:{_TAGS})(?:\s.{{0,500}}?)?/?&gt;", re.IGNORECASE)
_BLOCKS = {"p", "div", "ul", "ol", "table", "h1", "h2", "h3", "h4", "blockquote", "pre"}
_LINES = {"br", "tr", "li"}
_UNSEEN = {"style", "script", "head", "title"}


def plain_text(text: str) -> str:
    """Convert HTML, also escaped HTML, to plain text; in other texts only decode entities."""
    if _IS_ESCAPED.search(text):
        text = unescape(text)
    if not _IS_HTML.search(text):
        return _ENTITY.sub(lambda found: unescape(found[0]), text)
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = ("".join(reader.parts)).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in lines)).strip()


class _Reader(HTMLParser):
    """Collects the visible text of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        self._break(tag)
        if tag == "li":
            self.parts.append("- ")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _BLOCKS:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag in _LINES:
            self.parts.append("\n")


def joined(texts: Iterable[str]) -> str:
    """Join texts by blank lines, without those that an earlier one contains."""
    kept: list[str] = []
    for text in texts:
        words = " ".join(text.split())
        if not any(words in " ".join(each.split()) for each in kept):
            kept.append(text)
    return "\n\n".join(kept)
