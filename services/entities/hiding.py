"""Columns that admins hide from language models: models read a mark in place of the value."""

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Column

from services.entities import sql
from services.entities.column import Facts, facts_of
from services.entities.registry import ENTITY_TYPES

if TYPE_CHECKING:
    from services.entities.base import Entity

HIDDEN = "(hidden from language models)"
NOTES_ON_PEOPLE = "people.notes"
"""The name for the text of notes on people; `notes.text` means the text of all notes."""
TAG_VALUE = "tags.value"


def name_of(column: Column[Any]) -> str:
    """Return the name under which a column is hidden, such as `people.location`."""
    return f"{column.table.name}.{column.name}"


def hideable() -> tuple[str, ...]:
    """Return the names that can be hidden: columns that no tool needs, and notes on people."""
    found = [name for kind in ENTITY_TYPES.values() for name in _hideable_columns(kind).values()]
    return tuple(sorted([*found, NOTES_ON_PEOPLE]))


@cache
def _hideable_columns(kind: type["Entity"]) -> dict[str, str]:
    """Return the names of the columns that can be hidden, by attribute."""
    columns = ((name, each, facts_of(each)) for name, each in sql.columns_of(kind).items())
    return {
        name: name_of(each) for name, each, facts in columns if facts and _may_hide(each, facts)
    }


def _may_hide(column: Column[Any], facts: Facts) -> bool:
    """Return False for titles, references, choices and derived columns."""
    shown = facts.body or facts.shown_to is not None
    decides = facts.choices or facts.derived or isinstance(column.type, Boolean)
    key = column.name == "key"  # by which tags are changed
    return shown and not decides and not key and sql.target_of(column) is None


def hides(hidden: frozenset[str], column: Column[Any], on_kind: str | None = None) -> bool:
    """Return whether a column is hidden; `on_kind` is the type of record that a note is on."""
    name = name_of(column)
    on_person = name == "notes.text" and on_kind == "USR"
    return name in hidden or (on_person and NOTES_ON_PEOPLE in hidden)


def masked(kind: type["Entity"], values: dict[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """Return the values of a record with a mark in place of the hidden ones.

    Empty values stay empty.
    """
    if not hidden:
        return values
    columns, on_kind = sql.columns_of(kind), values.get("on_kind")
    found = {
        name
        for name in _hideable_columns(kind)
        if values.get(name) not in (None, "") and hides(hidden, columns[name], on_kind)
    }
    return values | dict.fromkeys(found, HIDDEN)
