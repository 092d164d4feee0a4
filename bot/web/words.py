"""Words of an answer as HTML: bold, code, links, and the ids of records that may be opened."""

import re
from collections.abc import Collection

from markupsafe import Markup, escape

from services.entities.base import find_ids
from services.sanitize import sanitize

_PARTS = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|`(?P<code>[^`\n]{1,300}+)`"
    r"|\*\*(?P<bold>[^*\n]{1,300}+)\*\*"
    r"|\[(?P<label>[^\[\]\n]{1,300}+)\]\((?P<address>https?://[^()\s]{1,1000}+)\)"
    r"|(?P<word>[A-Za-z]{2,5}-[1-9]\d{0,17}+)(?![\w-])"
)
_BULLET = re.compile(r"^[-*] (?=\S)", re.MULTILINE)


def linked(text: str, ids: Collection[str]) -> Markup:
    """Return a text with its simple Markdown as HTML, and links to the records of these ids."""
    text = _BULLET.sub("• ", sanitize(text))
    html, place = Markup(), 0
    for found in _PARTS.finditer(text):
        html += escape(text[place : found.start()]) + _part(found, ids)
        place = found.end()
    return html + escape(text[place:])


def _part(found: re.Match[str], ids: Collection[str]) -> Markup:
    match found.lastgroup:
        case "escaped":
            return escape(found["escaped"])
        case "code":
            return Markup("<code>{}</code>").format(found["code"])
        case "bold":
            return Markup("<strong>{}</strong>").format(linked(found["bold"], ids))
        case "address":
            there = Markup('<a href="{}" rel="noopener noreferrer">{}</a>')
            return there.format(found["address"], found["label"])
        case _:
            key = found["word"].upper()
            is_known = find_ids(key) == [key] and key in ids
            return (
                Markup('<a href="/{}">{}</a>').format(key, found[0])
                if is_known
                else escape(found[0])
            )
