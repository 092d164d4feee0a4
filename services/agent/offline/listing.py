"""Lists and counts: a sentence taken apart into a record type, filters, a sort and groups.

Each rule takes its words out of the sentence. What is left over are words to look for, or the
sentence is not understood.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any, ClassVar

from services.agent.offline import resolve
from services.agent.offline.calls import call
from services.agent.offline.listing_rules import KINDS, Kind, Rule, Values
from services.agent.offline.listing_words import FILLERS, VERBS
from services.agent.offline.memory import Memory
from services.agent.offline.plan import Plan, Said
from services.agent.offline.results import shown
from services.agent.offline.slots import machine_filters
from services.entities.base import find_ids

_MOST_LEFT = 3


@dataclass(slots=True)
class Listing:
    """What has been understood of a sentence so far, and the words that are left."""

    kind: Kind
    left: str
    filters: Values = field(default_factory=dict)

    def apply(self, rule: Rule, today: date) -> None:
        for match in rule.compiled.finditer(self.left):
            values = rule.take(match, today)
            if values is not None and self._add(values):
                self.left = self.left.replace(match[0], " ", 1)

    def _add(self, values: Values) -> bool:
        """Add filters, or further values of a list; False if the sentence has set them already."""
        known = self.filters.keys() & values.keys()
        lists = {name for name in known if isinstance(values[name], list)}
        for name in lists:
            self.filters[name] = list(dict.fromkeys([*self.filters[name], *values[name]]))
        self.filters = {**values, **self.filters}
        return known == lists

    @property
    def words(self) -> list[str]:
        """The words that no rule took, without those that say nothing."""
        left = re.split(r"[\s,?!.;:\"“”()]+", self.left)
        return [word for word in left if word and word.lower() not in FILLERS]


def read_listing(words: str, today: date) -> Listing | None:
    """Take a sentence apart; None if it asks for no list, or not for one that is understood."""
    named = [(place.start(), kind) for kind in KINDS if (place := kind.named.search(words))]
    if not named:
        return None
    _, kind = min(named, key=itemgetter(0))
    found = Listing(kind, words)
    for rule in kind.rules:
        found.apply(rule, today)
    if kind.tool == "find_machines":
        filters = machine_filters(found.left)
        found.left = filters.pop("words")
        found.filters = {**filters, **found.filters}
    found.left = kind.named.sub(" ", found.left)
    left = found.words
    if {word.lower() for word in left} & VERBS or len(left) > _MOST_LEFT:
        return None
    if left:
        found.filters.setdefault("words", " ".join(left))
    return found


@dataclass(frozen=True, slots=True)
class Lists:
    """The intent behind sentences that ask for a list or a count.

    Without `with_words` each word of the sentence has to be understood; with it, some may be words
    to search for.
    """

    with_words: bool = False
    example: ClassVar[str] = ""

    @property
    def patterns(self) -> Iterator[re.Pattern[str]]:
        for kind in KINDS:
            yield kind.named
            yield from (rule.compiled for rule in kind.rules)

    def match(self, words: str, memory: Memory) -> Said | None:
        found = read_listing(words, _today())
        if found is None or find_ids(words) or (found.words and not self.with_words):
            return None
        return Said(words, {}, memory)

    def plan(self, said: Said) -> Plan:
        found = read_listing(said.words, _today()) or Listing(KINDS[0], "")
        return _list(said, found)


def _today() -> date:
    return datetime.now(UTC).date()


def _list(said: Said, found: Listing) -> Plan:
    filters = dict(found.filters)
    for name in found.kind.people:
        if filters.get(name) not in (None, "me", "nobody"):
            filters[name] = yield from resolve.person(said, filters[name])
    given = {name: _unwrapped(value) for name, value in filters.items()}
    (result,) = yield [call(found.kind.tool, **given)]
    return shown(result)


def _unwrapped(value: Any) -> Any:
    """Return the only value of a list of choices."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
