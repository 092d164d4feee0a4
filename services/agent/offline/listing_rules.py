"""Parsing rules for sentences that ask for a list: times, people, states, sorts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from services.agent.offline.listing_words import FILLERS
from services.agent.offline.spans import length, span

Values = dict[str, Any]
Take = Callable[[re.Match[str], date], Values | None]

NAME = r"(?P<name>[^\W\d_][\w'.-]*(?: [^\W\d_][\w'.-]*){0,2}?)"
FULL_NAME = r"(?P<name>[^\W\d_][\w'.-]*(?: [^\W\d_][\w'.-]*)?)"
END = (
    r"(?=\s*$|[\s,?!.]+(?:and|that|which|who|with|in|for|from|about|since|by|per|of|on|at)\b"
    r"|[,?!.])"
)
NOBODY = r"(?:nobody|no one|no-one|noone|anyone|anybody)"
STALE = (
    r"(?:untouched|stale|ageing|aging|neglected|idle|(?:(?:not|nobody|no one|(?:have|has)n't)"
    r"(?: has| was| been| have| had)* (?:changed|touched|updated|worked on|looked at|moved)"
    r"|(?:without|with no|no)(?: an?| any)? (?:update|change|activity|progress)s?))"
)


_OF_THE_FUTURE = ("warranty", "expected_back")
_NOUNS = {"ticket", "tickets", "issues", "requests", "machines", "laptops", "people"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and a function that returns the filters for a match, or None to ignore it."""

    pattern: str
    take: Take

    @property
    def compiled(self) -> re.Pattern[str]:
        return matching(self.pattern)


@cache
def matching(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE)


def always(**values: Any) -> Take:
    return lambda found, today: values


def named(name: str, **more: Any) -> Take:
    """Return a function that sets a filter to the matched name; the tool looks the name up."""

    def take(found: re.Match[str], today: date) -> Values | None:
        said = found["name"].strip()
        is_name = not (FILLERS | _NOUNS) & set(said.lower().split())
        return {name: said, **more} if is_name else None

    return take


def when(name: str, **more: Any) -> Take:
    def take(found: re.Match[str], today: date) -> Values | None:
        value = span(found, today, ahead=name in _OF_THE_FUTURE)
        return {name: value, **more} if value else None

    return take


def without(name: str, owners: str, verbs: str) -> Rule:
    """Return the rule for records whose filter is “nobody”, such as tickets without an assignee.

    `owners` and `verbs` are patterns: what such a person is called, and what they do with a record.
    """
    given = rf"(?:assigned|given|issued|belonging) to {NOBODY}"
    return Rule(
        rf"(?:that |which )?(?:are |is |have |has )?(?:unassigned|not assigned|(?:not )?{given}"
        rf"|(?:without|with no|no)(?: an?| any)? (?:{owners})|(?:nobody|no one) (?:{verbs}))",
        always(**{name: "nobody"}),
    )


def for_longer(name: str) -> Take:
    return lambda found, today: {name: f">{length(found)}"}


def groups(names: Mapping[str, str]) -> Rule:
    words = "|".join(names)
    return Rule(
        rf"(?:(?:per|by|for each|for every|grouped by|does each|do each|has each|has every|each"
        rf"|every) (?P<name>{words})s?(?: (?:have|has|got))?)",
        lambda found, today: {"group_by": [names[found["name"].lower()]]},
    )


def one_of(name: str, values: Mapping[str, str], after: str = "") -> Rule:
    words = "|".join(sorted(map(re.escape, values), key=len, reverse=True))
    return Rule(
        rf"(?P<name>{words}){after}", lambda found, today: {name: [values[found["name"].lower()]]}
    )
