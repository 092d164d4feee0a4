"""Filters among the words that people type: `status:open assignee:me "broken dock" vpn`."""

import re
from functools import cache
from typing import Any

from services.entities.base import Entity
from services.entities.filters import OfChoice, OfColumn, OfTags
from services.entities.query import filters_of

_TYPED = re.compile(r'(?<!\S)([^\W\d_][\w-]{0,30}):("[^"]{1,100}"|[^\s"]\S{0,99})(?!\S)')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_SORT = "sort"


def split_filters(kind: type[Entity], words: str) -> tuple[str, dict[str, Any]]:
    """Return the words without the filters among them, and those as arguments of the find tool.

    A filter is `name:value` or `name:"some words"`; several values are joined by commas. A name
    that is no filter of the type leaves its words where they are.
    """
    names, given = _names(kind), dict[str, Any]()

    def take(found: re.Match[str]) -> str:
        name = names.get(found[1].lower().replace("-", "_"))
        if name is None:
            return found[0]
        value = found[2].strip('"')
        if _takes_several(kind, name):
            given.setdefault(name, []).extend(each for each in value.split(",") if each)
        else:
            given[name] = value
        return ""

    rest = _TYPED.sub(take, words.translate(_QUOTES))
    return (" ".join(rest.split()), given) if given else (words, {})


@cache
def _names(kind: type[Entity]) -> dict[str, str]:
    """Return the filter by each of its names: its own, its column's label, one of many tags."""
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
