"""Values inside a sentence: statuses, priorities, specifications, the parts of a new ticket."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, get_args

from services.agent.offline.plan import Said
from services.entities.machine import MachineStatus
from services.entities.ticket import Priority

TICKET_STATUS = {
    "open": "Open",
    "new": "Open",
    "assigned": "Assigned",
    "in progress": "Assigned",
    "closed": "Closed",
    "resolved": "Closed",
    "done": "Closed",
    "finished": "Closed",
    "complete": "Closed",
    "completed": "Closed",
    "fixed": "Closed",
    "solved": "Closed",
    "on hold": "On Hold",
    "on-hold": "On Hold",
    "onhold": "On Hold",
    "hold": "On Hold",
    "paused": "On Hold",
    "awaiting": "Awaiting",
    "waiting": "Awaiting",
    "pending": "Awaiting",
}
_LISTED = {"open": "open", "active": "open", "not closed": "open", "any": "any"}
"""The status filter for each word in a sentence that asks for a list. There, “open” means every
ticket that is not closed."""
_ALL = re.compile(r"\b(?:all|every)\b", re.IGNORECASE)

PRIORITY = {each.lower(): each for each in get_args(Priority)} | {
    "critical": "Urgent",
    "on fire": "Urgent",
    "medium": "Normal",
}
TYPES = {
    "laptop": "Laptop",
    "notebook": "Laptop",
    "desktop": "Desktop",
    "workstation": "Desktop",
    "server": "Server",
}
MACHINE_STATUS = {each.lower(): each for each in get_args(MachineStatus)} | {
    "free": "Available",
    "spare": "Available",
    "unassigned": "Available",
    "stock": "Available",
    "under repair": "Maintenance",
    "repair": "Maintenance",
    "missing": "Lost",
    "stolen": "Lost",
}
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y")
_AMOUNT = re.compile(
    r"(?P<least>at least|min(?:imum)?|from|>=)?(?P<over>more than|over|above|>)?"
    r"(?P<most>at most|up to|max(?:imum)?|<=)?(?P<under>less than|under|below|<)?"
    r" ?(?P<number>\d{1,6}) ?(?P<unit>gb|g|gigs?|gigabytes?|tb)\b"
    r"(?P<more> ?\+| or more| and (?:up|more))?(?P<less> or less)?"
    r"(?: of)?(?P<of> (?:ram|memory|storage|ssd|hdd|disk|drive|space))?"
    r"(?P<also> ?\+| or more| and (?:up|more)| or (?:higher|better))?",
    re.IGNORECASE,
)
_STORAGE_FROM_GB = 256
"""A size of at least this many gigabytes means storage where a sentence does not say which."""

_SAY_NOTHING = (
    "show list display give tell get see find fetch pull look up search check view me us all any"
    " the a an of which what what's whats who is are there do we you have has having with that in"
    " on at for and or by from some every our machine machines computer computers pc pcs device"
    " devices laptop laptops notebook notebooks desktop desktops workstation workstations server"
    " servers hardware ram memory storage disk drive space status currently now many how under made"
    " running called named i need graphics card gpu processor cpu like matching"
    " does anybody anyone somebody someone got"
)
_FILLERS = frozenset(_SAY_NOTHING.split())


def ticket_status(said: Said) -> str | None:
    """Return the status filter of a list of tickets, or None."""
    word = said["status"].lower()
    if word:
        return _LISTED.get(word) or TICKET_STATUS[word]
    return "any" if _ALL.search(said.words) else None


def machine_filters(words: str) -> dict[str, Any]:
    """Read “available laptops with at least 16 gb ram” as the arguments of `find_machines`."""
    filters: dict[str, Any] = {}
    rest = words
    for amount in _AMOUNT.finditer(words):
        filters |= _bounds(amount)
        rest = rest.replace(amount[0], " ")
    rest = _take(rest, filters, "status", MACHINE_STATUS)
    rest = _take(rest, filters, "storage_type", {"ssd": "SSD", "hdd": "HDD"})
    rest = _take(rest, filters, "type", TYPES, keep=True)
    left = [word for word in re.split(r"[\s,?!]+", rest) if word and word.lower() not in _FILLERS]
    return filters | {"words": " ".join(left)}


def _bounds(amount: re.Match[str]) -> dict[str, str]:
    number = int(amount["number"]) * (1024 if amount["unit"].lower() == "tb" else 1)
    of = (amount["of"] or "").strip().lower()
    if of not in ("ram", "memory") and (of or number >= _STORAGE_FROM_GB):
        return {"storage": f">={number}"}
    return {"ram": f"{_compared(amount)}{number}"}


def _compared(amount: re.Match[str]) -> str:
    if amount["over"]:
        return ">"
    if amount["under"]:
        return "<"
    if amount["least"] or amount["more"] or amount["also"]:
        return ">="
    return "<=" if amount["most"] or amount["less"] else ""


def _take(
    words: str, filters: dict[str, Any], name: str, values: dict[str, str], keep: bool = False
) -> str:
    """Set a filter to the first of `values` that the words have, and remove it unless `keep`."""
    for said, value in values.items():
        found = re.search(rf"\b{said}s?\b", words, re.IGNORECASE)
        if found:
            filters[name] = value
            return words if keep else words.replace(found[0], " ", 1)
    return words


def day(words: str, today: date) -> str:
    """Return “12 December” or “2026-12-12” as an ISO date; empty if it is no day.

    Without a year it is the next such day.
    """
    plain = re.sub(r"\bthe |\bof |(?<=\d)(?:st|nd|rd|th)\b|,", "", words.lower()).strip(" .")
    near = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if plain in near:
        return (today + timedelta(near[plain])).isoformat()
    if plain.removeprefix("next ") in WEEKDAYS:
        ahead = (WEEKDAYS.index(plain.removeprefix("next ")) - today.weekday() - 1) % 7 + 1
        return (today + timedelta(ahead)).isoformat()
    for said in (plain, f"{plain} {today.year}", f"{plain} {today.year + 1}"):
        for form in _DAYS:
            try:
                found = datetime.strptime(said, form).date()
            except ValueError:
                continue
            if said == plain or found >= today:
                return found.isoformat()
    return ""


@dataclass(frozen=True, slots=True)
class NewTicket:
    name: str
    description: str = ""
    priority: str | None = None
    assignee: str | None = None
    machines: tuple[str, ...] = ()
    requester: str | None = None


_PRIORITY_WORD = "|".join(PRIORITY)
_ASSIGN = re.compile(
    r"[\s,;.]{0,9}\b(?:(?:and|then) ){0,3}(?:please )?assign(?:ed)? (?:it |this |that )?to"
    r" (?P<it>[^,;:\n]+)",
    re.IGNORECASE,
)
_WITH_PRIORITY = re.compile(
    rf"[\s,;(]{{0,9}}\b(?:(?:with|at|as|and|in) )?(?:an? )?"
    rf"(?:(?P<it>{_PRIORITY_WORD}) priority|priority(?: is|:| =)? (?P<too>{_PRIORITY_WORD}))\)?"
    rf"|, ?(?P<last>{_PRIORITY_WORD})(?=[!. ]*$)",
    re.IGNORECASE,
)
_FOR_PERSON = re.compile(
    r"\A\s{0,9}for (?P<it>(?:USR-\d+|[^\W\d_][\w'.-]{0,40}(?: [^\W\d_][\w'.-]{0,40}){0,2})) ?(?=:)",
    re.IGNORECASE,
)
_FOR_MACHINES = re.compile(
    r"[\s,;]{0,9}\b(?:for|about|on|with|concerning) (?P<it>MAC-\d+(?:(?:, ?| and )MAC-\d+)*)",
    re.IGNORECASE,
)
_LONGEST_NAME = 120


def new_ticket(words: str, urgency: str = "") -> NewTicket:
    """Parse “VPN drops every hour, high priority, assign to Daniel” into a new ticket."""
    words, assignee = _cut(_ASSIGN, words)
    words, priority = _cut(_WITH_PRIORITY, words)
    words, machines = _cut(_FOR_MACHINES, words)
    words, requester = _cut(_FOR_PERSON, words)
    name, description = _named(words)
    return NewTicket(
        name,
        description,
        PRIORITY.get((priority or urgency).lower()),
        assignee.strip(" .!\"'") or None,
        tuple(re.findall(r"MAC-\d+", machines.upper())),
        requester or None,
    )


def _cut(pattern: re.Pattern[str], words: str) -> tuple[str, str]:
    found = pattern.search(words)
    if not found:
        return words, ""
    value = next((each for each in found.groupdict().values() if each), "")
    return words[: found.start()] + words[found.end() :], value


def _named(words: str) -> tuple[str, str]:
    """Return a short name for a ticket, and the whole text as description if that is longer."""
    whole = re.sub(
        r"^[\s:,–—-]*(?:(?:for|about|that|because|saying|called|named|titled|regarding|on|with the"
        r" (?:title|name))\b)?[\s:,–—-]*",
        "",
        words,
        flags=re.IGNORECASE,
    ).strip(" \n\"“”'.,;")
    first = whole.split("\n", 1)[0].strip()
    name = first if len(first) <= _LONGEST_NAME else f"{first[: _LONGEST_NAME - 1].rstrip()}…"
    return name[:1].upper() + name[1:], "" if name == whole else whole
