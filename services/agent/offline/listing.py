"""Lists and counts: parse a sentence into a record type, filters, a sort and groups.

Each rule removes the words that it matches from the sentence. The words that remain are searched
for, or make the sentence one that is not understood.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any, ClassVar

from services.agent.offline import resolve
from services.agent.offline.calls import Call, call
from services.agent.offline.listing_kinds import KINDS, Kind
from services.agent.offline.listing_rules import Rule, Values
from services.agent.offline.listing_words import FILLERS, NO_SEARCH_WORDS
from services.agent.offline.memory import Memory
from services.agent.offline.offers import not_found
from services.agent.offline.plan import Plan, Said
from services.agent.offline.problems import is_problem, is_statement
from services.agent.offline.results import is_empty, rows, shown
from services.agent.offline.slots import machine_filters
from services.entities.base import find_ids
from services.entities.filters import ANY

_MOST_LEFT = 3
_LONGEST_UNNAMED = 100


@dataclass(slots=True)
class Listing:
    """A partly parsed sentence: the filters found so far, and the words that remain."""

    kind: Kind
    left: str
    filters: Values = field(default_factory=dict)

    def apply(self, rule: Rule, today: date) -> None:
        for match in rule.compiled.finditer(self.left):
            values = rule.take(match, today)
            if values is not None and self._add(values):
                self.left = self.left.replace(match[0], " ", 1)

    def _add(self, values: Values) -> bool:
        """Add filters; return False if one that takes a single value was set before.

        Values of a filter that takes several are added to those it has.
        """
        known = self.filters.keys() & values.keys()
        lists = {name for name in known if isinstance(values[name], list)}
        for name in lists:
            both = dict.fromkeys([*self.filters[name], *values[name]])
            self.filters[name] = [each for each in both if each != ANY] or [ANY]
        self.filters = {**values, **self.filters}
        return known == lists

    @property
    def words(self) -> list[str]:
        """The words that no rule has removed, without fillers."""
        left = re.split(r"[\s,?!.;:\"“”()]+", self.left)
        return [word for word in left if word and word.lower() not in FILLERS]


def read_listing(words: str, today: date, unnamed: bool = False) -> Listing | None:
    """Parse a sentence; return None if it asks for no list, or has words not understood.

    With `unnamed` it names no record type, and is about tickets if all its words are filters.
    """
    named = [(place.start(), kind) for kind in KINDS if (place := kind.named.search(words))]
    if bool(named) == unnamed:
        return None
    if unnamed:
        if len(words) > _LONGEST_UNNAMED:
            return None
        found = take_apart(words, KINDS[0], today)
        least = 1 if _UNNAMED.match(words) else 2
        return None if found.words or len(found.filters) < least else found
    _, kind = min(named, key=itemgetter(0))
    found = take_apart(words, kind, today)
    left = found.words
    if {word.lower() for word in left} & NO_SEARCH_WORDS or len(left) > _MOST_LEFT:
        return None
    if any(each.named.search(" ".join(left)) for each in KINDS):
        return None
    if left:
        found.filters["words"] = " ".join([found.filters.get("words", ""), *left]).strip()
    return found


def take_apart(words: str, kind: Kind, today: date) -> Listing:
    """Parse the words by the rules of a record type."""
    found = Listing(kind, words)
    for rule in kind.rules:
        found.apply(rule, today)
    if kind.tool == "find_machines":
        filters = machine_filters(found.left)
        found.left = filters.pop("words")
        found.filters = {**filters, **found.filters}
    found.left = kind.named.sub(" ", found.left)
    if found.filters.get("status") == ["Closed"] and not _CREATED.search(words):
        when = found.filters.pop("created", None)
        found.filters |= {"closed": when} if when else {}
    return found


@dataclass(frozen=True, slots=True)
class Lists:
    """The intent behind sentences that ask for a list or a count.

    Without `with_words` each word of the sentence has to be understood; with it, some may be words
    to search for. With `unnamed` it is one of tickets that does not say “tickets”.
    """

    with_words: bool = False
    unnamed: bool = False
    example: ClassVar[str] = ""

    @property
    def patterns(self) -> Iterator[re.Pattern[str]]:
        for kind in KINDS:
            yield kind.named
            yield from (rule.compiled for rule in kind.rules)

    def match(self, words: str, memory: Memory) -> Said | None:
        found = read_listing(words, _today(), self.unnamed)
        if (
            found is None
            or _ORDER.match(words)
            or find_ids(words)
            or (found.words and not self.with_words)
        ):
            return None
        return None if is_statement(words) else Said(words, {}, memory)

    def plan(self, said: Said) -> Plan:
        found = read_listing(said.words, _today(), self.unnamed) or Listing(KINDS[0], "")
        return _list(said, found)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The intent behind words that change the last list: “and the closed ones?”, “only urgent”."""

    example: ClassVar[str] = ""

    @property
    def patterns(self) -> Iterator[re.Pattern[str]]:
        yield _FOLLOWS

    def match(self, words: str, memory: Memory) -> Said | None:
        said = Said(words, {}, memory)
        return said if _changed(said) else None

    def plan(self, said: Said) -> Plan:
        found = _changed(said)
        return (yield from _list(said, found)) if found else ""


_UNNAMED = re.compile(
    r"(?:how many|number of|count|what|what's|which|show|list|any|anything|all|only)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(r"(?:give|hand|lend|loan)\b(?! (?:me|us)\b)", re.IGNORECASE)
"""Matches the beginning of an order to hand something to somebody; “give me” asks for a list."""
_CREATED = re.compile(
    r"\b(?:created|opened|reported|raised|filed|logged|new|came)\b", re.IGNORECASE
)
_FOLLOWS = re.compile(
    r"(?:(?:and|any|only|just|but|show|list|me|what about|how about|which|of|are|is|the|those|them"
    r"|these|ones?|that|now|in|for|from|with) )*+(?P<rest>\S[^\n]{0,60}?)(?: (?:ones?|only"
    r"|instead|too"
    r"|of (?:them|those|these)|please))*",
    re.IGNORECASE,
)
_ASKS = re.compile(r"(?:and|what about|how about|the|my) ", re.IGNORECASE)
_ANY_TEAM = "If none fits, say “open a ticket: ” and what you need: somebody finds the right team."
_ANEW = re.compile(r"(?:every|any)thing\b", re.IGNORECASE)
_NO_NAMES = ("me", "nobody", "none")
_NAMED_BY_WORDS = ("team", "assignee", "requester", "holder", "department", "words")


def _changed(said: Said) -> Listing | None:
    """Return the last list with its filters changed; None if the words don't change it."""
    last = said.memory.last_list
    follows = _FOLLOWS.fullmatch(said.words)
    kind = next((each for each in KINDS if last and each.tool == last.name), None)
    if not (last and follows and kind) or find_ids(said.words) or _ANEW.match(said.words):
        return None
    found = take_apart(follows["rest"], kind, _today())
    before = {name: value for name, value in last.arguments.items() if name != "after"}
    named = (each for each in _NAMED_BY_WORDS if isinstance(before.get(each), str))
    name = next((each for each in named if before[each] not in _NO_NAMES), "")
    if name != "team" and any(each.named.search(said.words) for each in KINDS):
        return None
    if found.words:
        asks = name == "words" and _ASKS.match(said.words) and not is_problem(said.words)
        is_name = follows["rest"][:1].isupper() or name == "team" or asks
        if found.filters or not name or not is_name or len(found.words) > _MOST_LEFT:
            return None
        found.filters[name] = " ".join(found.words)
    found.filters = {**before, **found.filters}
    return found


def _today() -> date:
    return datetime.now(UTC).date()


def _list(said: Said, found: Listing) -> Plan:
    filters = yield from _with_people(said, found)
    given = {name: _unwrapped(value) for name, value in filters.items()}
    (result,) = yield [call(found.kind.tool, **given)]
    if found.kind.tool == "find_teams" and "words" in given and is_empty(result):
        (every,) = yield [call(found.kind.tool)]
        return f"{shown(result)} All teams:\n\n{shown(every)}\n\n{_ANY_TEAM}"
    if "words" in given and is_empty(result):
        if found.kind.tool == "find_tickets" and re.search(
            rf"\b(?:for|of|in|from) (?:the )?{re.escape(given['words'])}\b", said.words
        ):
            (teams,) = yield [call("find_teams", words=given["words"])]
            if len(of := rows(teams)) == 1 and "team" not in given:
                by_team = {**given, "team": of[0].id}
                del by_team["words"]
                (result,) = yield [call(found.kind.tool, **by_team)]
                return shown(result)
        return not_found(result, said.words)
    return shown(result)


def _with_people(said: Said, found: Listing) -> Generator[list[Call], list[str], Values]:
    """Return the filters with the ids of people in place of names, or of a team with that name."""
    filters = dict(found.filters)
    for name in found.kind.people:
        if filters.get(name) in (None, "me", "nobody"):
            continue
        try:
            filters[name] = yield from resolve.person(said, filters[name])
        except resolve.Unknown:
            (result,) = yield [call("find_teams", words=filters[name])]
            if len(teams := rows(result)) != 1 or found.kind.tool != "find_tickets":
                raise
            del filters[name]
            filters["team"] = teams[0].id
    return filters


def _unwrapped(value: Any) -> Any:
    """Return the value of a list that has just one; any other value as it is."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
