"""Format headings of lists for people: “open tickets of TEAM-2 Network, priority High”."""

import re
from typing import get_args

from services.entities.machine import MachineType
from services.entities.registry import ENTITY_TYPES

_FILTERED = re.compile(r"(?<![a-z])(?P<kind>[a-z]{1,30}) \((?P<filters>.*)\)(?P<order>.*)")
_FILTER = re.compile(r"(?:“[^”]*+”?|,(?! )|[^,“])++")
_MEANING = re.compile(r" = [^,“”]*?(?= or |, |\Z)")
_ORDER = re.compile(r"sorted by (?P<by>[a-z ]+)(?:, (?P<first>newest|oldest|largest) first)?")
_DEFAULT_ORDER = ", by name"
_BEFORE = {"status open": "open", "status Closed": "closed"}
_AFTER = {
    "assignee nobody": "assigned to nobody",
    "holder you": "that you have",
    "holder nobody": "that nobody has",
    "team none": "without a team",
}
_OF = {
    "about": "about",
    "requester": "requested by",
    "assignee": "assigned to",
    "watcher": "watched by",
    "holder": "of",
    "team": "of",
}
_SAID = {
    "status any": "open and closed",
    "active False": "no longer active",
    "private True": "private",
}
_TYPES = {f"type {each}": each.lower() for each in get_args(MachineType)}
_SINGULAR = {each.plural: each.noun for each in ENTITY_TYPES.values()}
_SINGULAR |= {f"{noun}s": noun for noun in _TYPES.values()}
_PLURAL = re.compile(rf"\b(?:{'|'.join(_SINGULAR)})\b")


def in_words(what: str) -> str:
    """Turn a list's heading for models, `Page.what`, into the heading for people.

    For example, “tickets (status open, assignee you)” becomes “open tickets assigned to you”.
    """
    found = _FILTERED.fullmatch(what)
    if not found:
        return _ORDER.sub(_order, what)
    filters = [each.strip() for each in _FILTER.findall(_MEANING.sub("", found["filters"]))]
    before = [_BEFORE[each] for each in filters if each in _BEFORE]
    kind = next((f"{_TYPES[each]}s" for each in filters if each in _TYPES), found["kind"])
    after = {each: words for each in filters if (words := _after(each))}
    rest = [_SAID.get(each, each) for each in filters if each not in _BEFORE | _TYPES | after]
    order = _ORDER.sub(_order, found["order"])
    head = " ".join([*before, kind, *after.values()])
    return ", ".join([head, *rest]) + ("" if order == _DEFAULT_ORDER else order)


def singular(what: str) -> str:
    """Return the heading of a list that has one record, in the singular."""
    return _PLURAL.sub(lambda found: _SINGULAR[found[0]], what, count=1)


def _after(part: str) -> str:
    """Return the words for a filter that stand behind the noun, as in “tickets without a team”.

    Return an empty text for other filters.
    """
    name, _, value = part.partition(" ")
    several = " or " in value and name != "about"
    return _AFTER.get(part) or (f"{_OF[name]} {value}" if name in _OF and not several else "")


def _order(found: re.Match[str]) -> str:
    name = {"changed": "change", "created": "", "purchased": ""}.get(found["by"], found["by"])
    if name == "priority":
        return "most urgent first" if found["first"] else "least urgent first"
    if not name:
        return f"{found['first'] or 'smallest'} first"
    return f"{found['first']} {name} first" if found["first"] else f"by {name}"
