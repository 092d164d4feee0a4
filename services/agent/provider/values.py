"""Read JSON of any shape that a provider sent."""

from typing import Any, TypeGuard

_TOO_LARGE = 2**63
"""The smallest number that `orjson` can't write: Postgres returns large ones as integers."""


def as_dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """Return a list; some servers leave out the list around its only element."""
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


def is_number(value: object) -> TypeGuard[float]:
    """Return whether the value is a number that can be stored and sent as JSON."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < _TOO_LARGE  # which NaN is not


def storable(value: Any) -> Any:
    """Return the value without what Postgres or `orjson` can't hold.

    NUL and half surrogates are replaced in texts; numbers that are too large become texts.
    """
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {str(storable(name)): storable(each) for name, each in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool) and not is_number(value):
        return str(value)
    return value
