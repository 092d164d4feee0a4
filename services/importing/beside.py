"""Look up people and groups of a JSON file that its records name by number."""

from collections.abc import Collection, Iterator
from typing import Any

Facts = dict[str, dict[str, Any]]
"""The name and address of a person or group by their number."""

_LISTS = ("users", "groups")


def lists_beside(prefix: str, lists: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the name and path of each list of users or groups next to the records at `prefix`."""
    before = prefix.removesuffix(".item").rpartition(".")[0]
    for name in _LISTS:
        path = f"{before}.{name}.item".lstrip(".")
        if path in lists and path != prefix:
            yield name, path


def facts_of(things: Iterator[Any]) -> Facts:
    """Return the name and address of each person or group in a list, by number."""
    return {
        str(each["id"]): {key: each[key] for key in ("name", "email") if each.get(key)}
        for each in things
        if isinstance(each, dict) and each.get("id") is not None
    }


def with_names(record: dict[str, Any], beside: dict[str, Facts]) -> dict[str, Any]:
    """Add a `requester` to a record for its `requester_id`, and so for all numbers of people."""
    more: dict[str, Any] = {}
    for key, value in record.items() if beside else ():
        who, _, fact = key.rpartition("_")
        known = beside.get("groups" if who == "group" else "users", {})
        if fact == "id" and str(value) in known:
            more[who] = known[str(value)]
        elif fact == "ids" and isinstance(value, list):
            more[f"{who}s"] = [known[each] for each in map(str, value) if each in known]
    return more | record
