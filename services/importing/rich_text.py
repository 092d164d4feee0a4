"""Convert HTML, in which many help desks store texts, to plain text."""

import re
from html import unescape
from html.parser import HTMLParser

_TAGS = (
    "p|div|br|span|b|i|u|strong|em|ul|ol|li|a|img|table|tr|td|h[1-6]|blockquote|pre|font|html|body"
)
_IS_HTML = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_IS_ESCAPED = re.compile(rf"&lt;/?(?:{_TAGS})(?:\s.{{0,500}}?)?/?&gt;", re.IGNORECASE)
_BLOCKS = {"p", "div", "ul", "ol", "table", "h1", "h2", "h3", "h4", "blockquote", "pre"}
_LINES = {"br", "tr", "li"}
_UNSEEN = {"style", "script", "head", "title"}


def plain_text(text: str) -> str:
    """Return the plain text of HTML, also of escaped HTML; return any other text unchanged."""
    if _IS_ESCAPED.search(text):
        text = unescape(text)
    if not _IS_HTML.search(text):
        return text
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
