"""The text of an answer as HTML: Markdown, with links on the ids of records that may be opened."""

import re
from collections.abc import Collection, Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from services.entities.base import find_ids
from services.sanitize import sanitize

_WORD = re.compile(r"((?<![\w-])[A-Za-z]{2,5}-[1-9]\d{0,17}+(?![\w-]))")
_WEB = ("https://", "http://")


def linked(text: str, ids: Collection[str]) -> Markup:
    """Return a text of Markdown as HTML, with links to the records of these ids."""
    return Markup(_MARKDOWN.render(sanitize(text), {"ids": ids}))  # noqa: S704 - `html` is off


def _make_markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True})
    made.enable("table").disable("image")
    made.validateLink = lambda url: url.startswith(_WEB)  # type: ignore[method-assign]
    made.core.ruler.push("records", _fit_into_page)
    return made


def _fit_into_page(state: StateCore) -> None:
    """Link record ids, send no referrer from links, and make all headings h2."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h2"
        token.children = list(_with_records(token.children or (), state.env["ids"])) or None


def _with_records(tokens: Collection[Token], ids: Collection[str]) -> Iterator[Token]:
    in_link = False
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            in_link = token.type == "link_open"
            token.attrSet("rel", "noopener noreferrer") if in_link else None
        if token.type == "text" and not in_link:
            yield from _parts(token.content, ids)
        else:
            yield token


def _parts(text: str, ids: Collection[str]) -> Iterator[Token]:
    for part in _WORD.split(text):
        word = Token("text", "", 0, content=part)
        key = part.upper()
        if key in ids and find_ids(key) == [key]:
            yield Token("link_open", "a", 1, attrs={"href": f"/{key}"})
            yield word
            yield Token("link_close", "a", -1)
        else:
            yield word


_MARKDOWN = _make_markdown()
