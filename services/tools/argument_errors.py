"""Turn pydantic's errors about arguments into sentences for people."""

from datetime import date
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.errors import DeskError
from services.tools.parameters import Parameter

UNKNOWN = "I can't use all details of your request. Please ask for it in other words."
UNSTORABLE = "“{label}” contains characters that can't be stored. Please type it again."

_MISSING = {"missing", "string_too_short", "too_short"}
_TOO_LONG = {"string_too_long": "characters", "too_long": "at once"}
_NUMBERS = {"int_parsing", "int_type", "int_from_float", "int_parsing_size"}
_BOUNDS = {"greater_than_equal", "less_than_equal", "greater_than", "less_than"}
_WANTED = {bool: "Choose on or off.", date: "“{label}” must be a day such as 2026-12-31."}
_MOST_CHOICES = 12
"""The maximum number of choices that a sentence lists."""


def argument_error(
    tool: str, parameters: dict[str, Parameter], error: ValidationError
) -> DeskError:
    """Return the first error as a sentence for people, and all of them as advice for a model."""
    details = error.errors(include_url=False)
    first = details[0]
    parameter = parameters.get(str(first["loc"][0])) if first["loc"] else None
    complaints = "; ".join(f"{_place(each)}: {each['msg']}" for each in details)
    takes = ", ".join(parameters) or "no arguments"
    advice = f"{complaints}. {tool} takes {takes}. Correct the arguments and call it again."
    if parameter is None:
        return DeskError(UNKNOWN, advice=advice)
    return DeskError(_sentence(parameter, first), field=parameter.name, advice=advice)


def check_storable(parameters: dict[str, Parameter], values: dict[str, Any]) -> None:
    """Raise `DeskError` for a text that Postgres can't store: with NUL or half a surrogate pair."""
    for name, value in values.items():
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(each, str) and not _storable(each) for each in texts):
            sentence = UNSTORABLE.format(label=parameters[name].label.text)
            raise DeskError(sentence, field=name, advice="Leave out NUL and lone surrogates.")


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _place(error: ErrorDetails) -> str:
    return ".".join(str(part) for part in error["loc"]) or "arguments"


def _sentence(parameter: Parameter, error: ErrorDetails) -> str:
    label, kind = parameter.label.text, error["type"]
    empty = error.get("input") is None or not str(error.get("input")).strip()
    if kind in _MISSING or (empty and parameter.required):
        return parameter.missing
    if kind in _TOO_LONG:
        return f"“{label}” can have at most {error['ctx']['max_length']} {_TOO_LONG[kind]}."
    if parameter.base in _WANTED:
        return _WANTED[parameter.base].format(label=label)
    if len(parameter.choices) > _MOST_CHOICES:
        return parameter.missing
    if parameter.choices:
        return f"Choose {one_of(parameter.choices)}."
    if parameter.entity:
        return f"“{label}” must name a record. Use an id such as {example_of(parameter)}."
    if kind in _NUMBERS | _BOUNDS:
        return parameter.label.missing or f"“{label}” must be a whole number{_bounds(error)}."
    return f"Please check “{label}”: I can't use it as it is."


def _bounds(error: ErrorDetails) -> str:
    given = error.get("ctx") or {}
    if "ge" in given or "gt" in given:
        return f" of at least {given.get('ge', given.get('gt')):,}"
    if "le" in given or "lt" in given:
        return f" of at most {given.get('le', given.get('lt')):,}"
    return ""


def one_of(choices: tuple[str, ...]) -> str:
    """Return `a, b or c`."""
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def example_of(parameter: Parameter) -> str:
    return f"{getattr(parameter.entity, 'prefix', 'TKT')}-12"
