"""Parse filters among typed words: `status:open assignee:me "broken dock" vpn`."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.entities.base import Entity
from services.entities.filters import OfChoice, OfColumn, OfTags
from services.entities.query import filters_of

_TYPED = re.compile(r'(?<!\S)(-?)([^\W\d_][\w-]{0,30}):("[^"]{1,100}"|[^\s"]\S{0,99})(?!\S)')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_SORT = "sort"


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed search: words, and filters as arguments of the find tool.

    Each of `excluded` is one filter; records that fulfil it are left out.
    """

    words: str
    given: dict[str, Any]
    excluded: list[dict[str, Any]]

    @property
    def filtered(self) -> bool:
        return bool(self.given or self.excluded)


def split_filters(kind: type[Entity], words: str) -> Typed:
    """Separate the filters from the other words.

    A filter is `name:value` or `name:"some words"`; several values are joined by commas, and a
    minus before it excludes them. What begins with any other name stays among the words.
    """
    names, given, excluded = _names(kind), dict[str, Any](), list[dict[str, Any]]()

    def take(found: re.Match[str]) -> str:
        minus, said, value = found[1], found[2], found[3].strip('"')
        name = names.get(said.lower().replace("-", "_"))
        if name is None or (minus and name == _SORT):
            return found[0]
        values = [each for each in value.split(",") if each] if _takes_several(kind, name) else []
        if minus:
            excluded.extend({name: each} for each in values or [value])
        elif values:
            given.setdefault(name, []).extend(values)
        else:
            given[name] = value
        return ""

    rest = _TYPED.sub(take, words.translate(_QUOTES))
    typed = Typed(" ".join(rest.split()), given, excluded)
    return typed if typed.filtered else Typed(words, {}, [])


@cache
def _names(kind: type[Entity]) -> dict[str, str]:
    """Return the filters' names by the words for them: name, label of the column, or “tag”."""
    filters = filters_of(kind).values()
    labels = {
        each.facts.label.lower().replace(" ", "_"): each.name
        for each in filters
        if isinstance(each, OfColumn)
    }
    singular = {
        each.name.removesuffix("s"): each.name for each in filters if isinstance(each, OfTags)
    }
    return {_SORT: _SORT, **labels, **singular, **{each.name: each.name for each in filters}}


def _takes_several(kind: type[Entity], name: str) -> bool:
    return name != _SORT and isinstance(filters_of(kind)[name], OfChoice | OfTags)
