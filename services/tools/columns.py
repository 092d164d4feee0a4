"""Derive parameters of tools from the columns of a record type."""

import inspect
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field, WrapValidator
from sqlalchemy import BigInteger, Boolean, Column, Date

from services.context import Role
from services.entities import sql
from services.entities.absent import ABSENT, NOBODY, Absent
from services.entities.base import Entity
from services.entities.column import Facts
from services.entities.filters import literal
from services.tools.argument_types import text_of
from services.tools.parameters import Function, Label, add_parameters

_DAY = "a day such as 2026-12-31, or “none”"
_LARGEST = 1_000_000_000


def with_columns(
    kind: type[Entity],
    *,
    new: bool = False,
    role: Role = Role.admin,
    without: Collection[str] = (),
) -> Callable[[Function], Function]:
    """Return a decorator that gives a function a parameter for each column the role may edit.

    These replace its `**columns`, have the names of the columns' filters, and follow the
    function's own parameters; there are none for the columns in `without`. For a `new` record,
    columns that can't be empty are required.
    """

    def give(function: Function) -> Function:
        own = inspect.signature(function).parameters.keys() & _columns(kind).keys()
        made = [
            _parameter(name, *each, new)
            for name, each in _columns(kind).items()
            if name not in own and name not in without and each[-1].editable_by(role)
        ]
        return add_parameters(function, made, after=own)

    return give


def values_of(kind: type[Entity], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that are not None as values to store, by attribute."""
    columns = _columns(kind)
    return {columns[name][0]: _stored(value) for name, value in given.items() if value is not None}


def present_values(record: Entity) -> dict[str, Any]:
    """Return the values of the record's editable columns, by parameter; records for references."""
    references = sql.references_of(type(record))
    named = {name: each[0] for name, each in _columns(type(record)).items()}
    return {
        name: getattr(record, short if (short := each.removesuffix("_id")) in references else each)
        for name, each in named.items()
    }


def never_empty(kind: type[Entity]) -> set[str]:
    """Return the parameters of the editable columns that always have a value."""
    return {
        name
        for name, (_, column, facts) in _columns(kind).items()
        if not column.nullable and (column.server_default is None or facts.choices)
    }


def _stored(value: Any) -> Any:
    if isinstance(value, Absent):
        return None
    return value.id if isinstance(value, Entity) else value


def _columns(kind: type[Entity]) -> dict[str, tuple[str, Column[Any], Facts]]:
    """Return attribute, column and facts of the editable columns, by parameter."""
    columns = sql.columns_of(kind)
    return {
        facts.filter or name.removesuffix("_id"): (name, columns[name], facts)
        for name, facts in kind.facts().items()
        if facts.editable is not None and not facts.derived
    }


def _is_required(column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None


def _parameter(
    name: str, attribute: str, column: Column[Any], facts: Facts, new: bool
) -> inspect.Parameter:
    required = new and _is_required(column)
    hint = _hint(column, facts)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if required else None,
        annotation=hint if required else hint | None,
    )


def _hint(column: Column[Any], facts: Facts) -> Any:
    notes: list[Any] = [Label(facts.label, needs=facts.editable or Role.requester)]
    if target := sql.target_of(column):
        return Annotated[target, *notes, *([ABSENT] if column.nullable else [])]
    hint, described = _plain(column, facts)
    described = "; ".join(each for each in (described, facts.hint) if each)
    notes += [Field(description=described)] if described else []
    notes += [WrapValidator(_or_absent)] if column.nullable else []
    return Annotated[hint, *notes]


def _plain(column: Column[Any], facts: Facts) -> tuple[Any, str]:
    """Return the type of a parameter that is no record, and its description for models."""
    if facts.choices:
        return literal(tuple(each.value for each in facts.choices)), ""
    if isinstance(column.type, Date):
        return date, _DAY
    if isinstance(column.type, BigInteger):
        return Annotated[int, Field(ge=1, le=_LARGEST)], facts.unit
    if isinstance(column.type, Boolean):
        return bool, ""
    return Annotated[str, text_of(facts, 1 if _is_required(column) else None)], ""


def _or_absent(given: Any, check: Callable[[Any], Any]) -> Any:
    return ABSENT if isinstance(given, str) and given.strip().lower() in NOBODY else check(given)
