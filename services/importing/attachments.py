"""Parse tags, notes and links of a row, as other systems and our own export write them."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.entities.column import TEXT_LENGTH
from services.entities.link import Link
from services.entities.tag import split_tag
from services.importing.mentions import Mention
from services.importing.rich_text import plain_text
from services.importing.values import Refused
from services.importing.words import PUBLIC_NOTES
from services.sanitize import plain

Moment = Callable[[str], datetime | None]
"""A function that parses a date in the way of its column; None for a date that means “never”."""

# Jira: “02/Mar/26 8:01 AM;712020:11f06c30;Which floor, please?”
_COMMENT = re.compile(r"\A([^;\n]{8,30}\d[^;\n]{0,6});([^;\n]*);(.*)", re.DOTALL)
# ServiceNow: “2024-06-05 16:27:48 - Beth Anglin (Work notes)” above each text.
_ENTRY = re.compile(
    r"^(\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4} \d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?)"
    r" - (.+) \(([^()\n]+)\)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class NoteText:
    """A note in a file; `author` and `at` are empty where the file does not give them."""

    text: str
    author: Mention = ()
    at: datetime | None = None
    internal: bool = True


@dataclass
class Attachments:
    """Notes, tags and links of a row. Links are named as in `Kind.links`."""

    tags: dict[str, str] = field(default_factory=dict)
    notes: list[NoteText] = field(default_factory=list)
    links: dict[str, list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.tags or self.notes or self.links)


@dataclass
class Additions:
    """What a row adds to its record. Links have the other record's number and name."""

    tags: dict[str, str] = field(default_factory=dict)
    notes: list[NoteText] = field(default_factory=list)
    links: list[tuple[type[Link], int, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.tags or self.notes or self.links)


def read_tags(cell: str) -> dict[str, str]:
    """Return the tags of a cell, one a line or with commas between them."""
    words = re.split(r"\n" if "\n" in cell or "=" in cell else r"[,;|]", cell)
    return dict(split_tag(each.strip()) for each in words if each.strip())


def read_names(cell: str) -> list[str]:
    """Return the names in a cell; a comma within one name, as in “Raman, Priya”, stays."""
    parts = [each.strip() for each in re.split(r"[\n;|]|<br ?/?>", cell) if each.strip()]
    if len(parts) > 1 or "," not in cell:
        return parts
    split = [each.strip() for each in cell.split(",") if each.strip()]
    are_names = all(re.search(r"[@\d]|\S \S", each) for each in split)
    return split if are_names else parts


def dates_of(cell: str) -> list[str]:
    """Return the dates of the notes in a cell."""
    if found := _COMMENT.match(cell):
        return [found[1]]
    return [found[1] for found in _ENTRY.finditer(cell)]


def read_notes(cell: str, moment: Moment) -> list[NoteText]:
    """Return the notes of a cell: of our own export, of Jira, of ServiceNow, or one plain text."""
    try:
        found = list(_of_json(cell, moment) if cell.startswith("[{") else _of_text(cell, moment))
    except (Refused, ValueError):
        found = [NoteText(_text(cell))]  # what looked like a date is none
    return [each for each in found if each.text]


def _of_text(cell: str, moment: Moment) -> Iterator[NoteText]:
    entries = list(_ENTRY.finditer(cell))
    if found := _COMMENT.match(cell):
        yield NoteText(_text(found[3]), _author(found[2]), moment(found[1]))
    elif entries:
        ends = [each.start() for each in entries[1:]] + [len(cell)]
        for entry, end in zip(entries, ends, strict=True):
            internal = not plain(entry[3]).startswith(PUBLIC_NOTES)
            text = _text(cell[entry.end() : end])
            yield NoteText(text, _author(entry[2]), moment(entry[1]), internal)
    else:
        yield NoteText(_text(cell))


def _of_json(cell: str, moment: Moment) -> Iterator[NoteText]:
    for each in json.loads(cell):
        text = _first(each, "text", "body", "plain_body", "body_text", "comment", "content")
        at = _first(each, "at", "created", "created_at", "createdAt", "date")
        is_public = each.get("public", each.get("jsdPublic", False)) is True
        internal = each.get("internal", each.get("private", not is_public))
        author = _first(each, "author", "author_id", "user_id", "user", "created_by")
        words = _text(str(text or ""), is_own="internal" in each)
        yield NoteText(words, _author(author), moment(str(at)) if at else None, bool(internal))


def _first(record: dict[str, Any], *names: str) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), None)


def _author(who: Any) -> Mention:
    if isinstance(who, dict):
        names = ("emailAddress", "email", "displayName", "name", "login", "accountId")
        return tuple(str(who[name]) for name in names if who.get(name))
    return (str(who).strip(),) if who and str(who).strip() else ()


def _text(words: str, is_own: bool = False) -> str:
    words = (words if is_own else plain_text(words)).strip()
    return words if len(words) <= TEXT_LENGTH else f"{words[: TEXT_LENGTH - 1]}…"
