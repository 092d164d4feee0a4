"""Parse the texts of tool results, and show them as Markdown."""

import json
import re
from dataclasses import dataclass

from services.changes.receipts import receipt_verbs
from services.entities.base import find_ids
from services.entities.card import QUOTED
from services.entities.person import Person
from services.entities.team import Team
from services.errors import ADVICE
from services.tools.headings import in_words, singular
from services.tools.page import NONE_AMONG

_PAGE = re.compile(r"\A(?:(?P<shown>\d{1,9}) of )?(?P<total>\d{1,9}) (?P<what>.*):")
_MORE = re.compile(r"More: call again with after=(?P<after>[A-Z]+-\d+)\.")
_CARD = re.compile(r'(?P<kind>[A-Z]\w+) (?P<id>[A-Z]+-\d+) (?=")')
_ROW = re.compile(r'- (?P<id>[A-Z]+-\d+) (?=")')
_NOTES = re.compile(r"^Notes, [^\n]*:$", re.MULTILINE)
_OLDER = "Older notes: call again"
_ASSIGNEE = re.compile(
    rf"\bassignee (?:[^,\n]{{0,300}} → )?USR-\d{{1,18}} (?P<name>{QUOTED.pattern})"
)
_FORMATTING = re.compile(r"[\\`*~\[\]<>]|(?<!\w)_|_(?!\w)")
_PIECE = re.compile(rf"(?:{QUOTED.pattern}|[^|\"])++")
_NAMED = re.compile(rf"\b(?:{Person.prefix}|{Team.prefix})-\d++ (?=\w)")
_TAGS = "tags "


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a list in a tool's result."""

    id: str
    title: str
    line: str


def rows(result: str) -> list[Row]:
    """Return the records that a page lists; none for any other result."""
    lines = result.splitlines()
    if not lines or not _PAGE.fullmatch(lines[0]):
        return []
    return [_row(found["id"], line) for line in lines if (found := _ROW.match(line))]


def _row(key: str, line: str) -> Row:
    title = QUOTED.search(line)
    return Row(key, _words(title[0]) if title else "", _row_line(line))


def is_page(result: str) -> bool:
    """Return whether the result is a list, maybe an empty one."""
    return bool(_PAGE.match(result)) or result.startswith("No ") or NONE_AMONG in result


def is_empty(result: str) -> bool:
    """Return whether the result is a list without records."""
    return is_page(result) and not _PAGE.match(result)


def next_page(result: str) -> str | None:
    found = _MORE.search(result)
    return found["after"] if found else None


def card_id(result: str) -> str | None:
    """Return the id of the record if the result is a card, else None."""
    found = _CARD.match(result)
    return found["id"] if found else None


def card_title(result: str) -> str:
    title = QUOTED.search(result)
    return _words(title[0]) if title else ""


def receipt_id(result: str) -> str | None:
    """Return the id of the record in a receipt; None if the result is no receipt."""
    ids = find_ids(result.partition("\n")[0])
    return ids[0] if ids and result.startswith(receipt_verbs()) else None


def new_assignee(line: str) -> str:
    """Return the name of the new assignee in a line of a receipt."""
    found = _ASSIGNEE.search(line)
    return _words(found["name"]) if found else ""


def notes(key: str, result: str) -> str:
    """Return the notes in a result of `get`; an error is returned unchanged."""
    found = _NOTES.search(result)
    if found:
        return f"Notes on {key}:\n{shown(result[found.end() :].strip())}"
    return f"There are no notes on {key} that you can read." if card_id(result) else shown(result)


def shown(result: str) -> str:
    """Return a tool result as Markdown for people; sentences such as errors are unchanged."""
    result = result.partition(f"\n{ADVICE}")[0]
    if card_id(result):
        return _card(result)
    lines = result.splitlines()
    last = max((place for place, line in enumerate(lines) if _ROW.match(line)), default=-1)
    after = [_line(line) for line in lines[last + 1 :]]  # in Markdown the last row would go on
    said = [_line(line) for line in lines[: last + 1]]
    return "\n".join([*said, *([""] if said and after else []), *after])


def _line(line: str) -> str:
    page = _PAGE.fullmatch(line)
    if page:
        return _heading(page)
    if _MORE.fullmatch(line):
        return "There are more: say “more”."
    return _row_line(line) if _ROW.match(line) else _plain(line)


def _heading(page: re.Match[str]) -> str:
    what = in_words(page["what"])
    if page["total"] == "1":
        what = singular(what)
    part = page["shown"] not in (None, page["total"])
    count = f"{page['shown']} of {page['total']}" if part else page["total"]
    return f"{count} {what}:"


def _card(result: str) -> str:
    first, *rest = result.splitlines()
    found = _CARD.match(first)
    title = f"**{found['id']} “{_literal(card_title(first))}”**" if found else first
    return "\n".join([title, *(_card_line(line) for line in rest)])


def _card_line(line: str) -> str:
    """Return a line of a card as Markdown; long texts become quotations."""
    if line.startswith('"') and QUOTED.fullmatch(line):
        return "\n".join(f"> {_literal(each)}" for each in _unquoted(line).splitlines())
    return _plain(line)


def _row_line(line: str) -> str:
    """Return a row for people: without tags, and people and teams by their names alone."""
    head, *facts = [piece.strip() for piece in _PIECE.findall(line)]
    kept = [_NAMED.sub("", each) for each in facts if not each.startswith(_TAGS)]
    return " · ".join([_plain(head), *map(_fact, kept)])


def _fact(words: str) -> str:
    """Return a value of a row, without quotation marks if they are around all of it."""
    if ': "' in words:
        return _plain(words)
    return QUOTED.sub(lambda found: _literal(_words(found[0])), words)


def _plain(line: str) -> str:
    """Return the line with its JSON strings as texts in quotation marks."""
    if line.startswith(_OLDER):
        return "There are older notes on its page."
    return QUOTED.sub(lambda found: f"“{_literal(_words(found[0]))}”", line)


def _literal(words: str) -> str:
    """Escape the Markdown characters in a text."""
    return _FORMATTING.sub(r"\\\g<0>", words)


def _words(quoted: str) -> str:
    """Decode a JSON string onto one line: a line break could look like the next row."""
    return " ".join(_unquoted(quoted).split())


def _unquoted(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:  # a result that was cut in the middle of a string
        return quoted.strip('"')
