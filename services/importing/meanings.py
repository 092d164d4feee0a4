"""Find the columns that a header can mean, also if headers.toml has it in another form."""

import re
from collections.abc import Callable

from services.entities.person import Person
from services.importing.kinds import Kind, Target
from services.importing.one_person import owner_of_part
from services.importing.plain import header_names
from services.importing.words import NOUNS

Ranks = dict[str, int]
"""The columns that a header can mean, each with a rank; the lowest fits best."""

_AROUND_DATE = re.compile(
    r"(?:date time |date |time )?(.+?)(?: date time| datetime| date| time| at| on| timestamp)?"
)
_LOGINS = ("login", "username")
_WORSE = 1000
"""What is added to the rank of a column for each step from a header to the form that is known."""


def columns_of(kind: Kind, header: str) -> Ranks:
    """Return the columns that a header can mean; empty if it means none.

    Headers that name a login rank behind those that name the person.
    """
    is_login = header.lower().endswith(_LOGINS)
    names = header_names(header)
    for steps, form in enumerate((_as_it_is, _without_noun, _as_date, _as_part_of_name)):
        for found in filter(None, (form(kind, name) for name in names)):
            return {column: rank + _WORSE * (steps + is_login) for column, rank in found.items()}
    return {}


def _as_it_is(kind: Kind, name: str) -> Ranks:
    return kind.by_header.get(name, {})


def _without_noun(kind: Kind, name: str) -> Ranks:
    """Return the columns for “manufacturer” if machines have the header “computer manufacturer”."""
    noun, _, rest = name.partition(" ")
    return kind.by_header.get(rest, {}) if noun in NOUNS[kind.name] and rest != "id" else {}


def _as_date(kind: Kind, name: str) -> Ranks:
    """Return the columns of dates for “created” if the header is “created date time”."""
    found = _AROUND_DATE.fullmatch(name)
    bare = found[1] if found else name
    return _only(kind, bare, lambda target: target.is_date)


def _as_part_of_name(kind: Kind, name: str) -> Ranks:
    """Return the columns of people for “customer” if the header is “customer last name”."""
    person = owner_of_part(name)
    if person is None:
        return {}
    return _only(kind, person or "full name", lambda target: target.reference is Person)


def _only(kind: Kind, name: str, fits: Callable[[Target], bool]) -> Ranks:
    ranks, targets = kind.by_header.get(name, {}), kind.targets
    return {each: rank for each, rank in ranks.items() if each in targets and fits(targets[each])}
