"""Find out which columns a header can mean, also one that headers.toml has in another form."""

import re
from collections.abc import Callable, Iterator

from services.entities.person import Person
from services.importing.kinds import Kind, Target
from services.importing.one_person import person_with_part
from services.importing.plain import header_names
from services.importing.words import NOUNS

Ranks = dict[str, int]
"""Columns that a header can mean, each with a rank. The lowest fits best."""

_AROUND_DATE = re.compile(
    r"(?:date time |date |time )?(.+?)(?: date time| datetime| date| time| at| on| timestamp)?"
)
_LESS = 1000
"""The rank of what only another form of a header means."""
_LOGINS = ("login", "username")


def columns_of(kind: Kind, header: str) -> Ranks:
    """Return the columns that a header can mean; empty if it means none."""
    names = header_names(header)
    for rank, forms in enumerate((_as_it_is, _without_noun, _as_date, _as_part)):
        for found in filter(None, (meant for each in names for meant in forms(kind, each))):
            is_login = header.lower().endswith(_LOGINS)
            return {name: each + _LESS * (rank + is_login) for name, each in found.items()}
    return {}


def _as_it_is(kind: Kind, name: str) -> Iterator[Ranks]:
    yield kind.by_header.get(name, {})


def _without_noun(kind: Kind, name: str) -> Iterator[Ranks]:
    """Yield what “manufacturer” means for “computer manufacturer” in a file about machines."""
    noun, _, rest = name.partition(" ")
    if noun in NOUNS[kind.name] and rest != "id":
        yield kind.by_header.get(rest, {})


def _as_date(kind: Kind, name: str) -> Iterator[Ranks]:
    """Yield what “created” and the like mean for “created date time”, if that is a date."""
    found = _AROUND_DATE.fullmatch(name)
    bare = found[1] if found else name
    yield _only(kind, kind.by_header.get(bare, {}), lambda target: target.is_date)


def _as_part(kind: Kind, name: str) -> Iterator[Ranks]:
    """Yield what “customer” means for “customer last name”, if that is a person."""
    person = person_with_part(name)
    if person is not None:
        meant = kind.by_header.get(person or "full name", {})
        yield _only(kind, meant, lambda target: target.reference is Person)


def _only(kind: Kind, ranks: Ranks, fits: Callable[[Target], bool]) -> Ranks:
    targets = kind.targets
    return {name: each for name, each in ranks.items() if name in targets and fits(targets[name])}
