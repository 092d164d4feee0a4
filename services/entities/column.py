"""Column declarations: cards, receipts, undo and parameters of tools derive from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, get_args

from sqlalchemy import Column, Text
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.schema import SchemaItem

from services.context import Role

Tone = Literal["grey", "blue", "green", "amber", "red", "violet"]

TITLE_LENGTH = 200
TEXT_LENGTH = 10_000
"""The maximum number of characters of a text that people write into a column."""

_FACTS = "facts"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the few values of a column, and the colour in which it is shown, if any."""

    value: str
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a column declares beside its name and type.

    `editable`: the lowest role that may change it; None: nobody may.
    `derived`: its value follows from other columns, so receipts leave it out; undo restores it only
    if it is also editable.
    `shown_to`: the lowest role whose cards have it as a field; None: it is no field.
    `body`: it is the long text of a card.
    `filter`: the filter that finds, groups and sorts records by it; empty: there is none.
    `row`: its format in the row of a list, such as "with {}"; empty: rows leave it out.
    `groups`: names for several choices together.
    `reverse`: the filter that finds the records to which the column refers.
    `hint`: what models are told to write into it.
    """

    label: str
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    max_length: int | None = None
    editable: Role | None = None
    derived: bool = False
    shown_to: Role | None = Role.requester
    body: bool = False
    filter: str = ""
    row: str = ""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reverse: str = ""
    hint: str = ""

    def choice(self, value: str) -> Choice:
        return next((each for each in self.choices if each.value == value), Choice(value))

    def editable_by(self, role: Role) -> bool:
        return self.editable is not None and role >= self.editable


def column(
    label: str,
    *items: SchemaItem,
    unit: str = "",
    choices: Any = None,
    tones: dict[str, Tone] | None = None,
    max_length: int | None = None,
    editable: Role | None = None,
    derived: bool = False,
    shown_to: Role | None = Role.requester,
    body: bool = False,
    filter: str = "",  # noqa: A002
    row: str = "",
    groups: Mapping[str, tuple[str, ...]] | None = None,
    reverse: str = "",
    hint: str = "",
    **options: Any,
) -> MappedColumn[Any]:
    """Return a mapped column with what it declares (`Facts`).

    `choices` is the `Literal` of its values, `tones` has the colours of some of them.
    `items` and `options` go to `mapped_column`.
    """
    values = _choices(label, get_args(choices), tones or {})
    facts = Facts(
        label,
        unit,
        values,
        max_length,
        editable,
        derived,
        None if body else shown_to,
        body,
        filter,
        row,
        groups or {},
        reverse,
        hint,
    )
    return mapped_column(*items, info={_FACTS: facts}, **options)


staff_column = partial(column, editable=Role.technician)
"""Return a column that technicians and admins may change; for the rest see `column`."""


def _choices(label: str, values: Iterable[str], tones: Mapping[str, Tone]) -> tuple[Choice, ...]:
    choices = tuple(Choice(value, tones.get(value)) for value in values)
    if strange := tones.keys() - {each.value for each in choices}:
        raise TypeError(f"{label} has tones for values that it can't have: {strange}")
    return choices


def title_column(label: str, editable: Role | None = None, **options: Any) -> MappedColumn[Any]:
    """Return a column with the title of a record; cards don't have it as a field."""
    return column(label, max_length=TITLE_LENGTH, editable=editable, shown_to=None, **options)


def body_column(label: str, editable: Role | None = None, **options: Any) -> MappedColumn[Any]:
    """Return a column with the long text of a record, shown below the fields of its card."""
    return column(label, max_length=TEXT_LENGTH, editable=editable, body=True, **options)


def external_id_column() -> MappedColumn[Any]:
    """Return a column with the record's number in another system; only imports write it."""
    return column("Number elsewhere", derived=True, server_default="")


def facts_of(column: Column[Any]) -> Facts | None:
    """Return what the column declares (`Facts`); None for `id`."""
    facts = column.info.get(_FACTS)
    if facts is None and not column.primary_key:
        raise TypeError(f"{column} is declared without a label: use column() for it.")
    return facts


def is_default(column: Column[Any], value: object) -> bool:
    """Return whether this value, given as JSON, is the column's default."""
    default = getattr(column.server_default, "arg", None)
    return default is not None and str(default).lower() == str(value).lower()


def is_text(column: Column[Any]) -> bool:
    """Return whether the column is free text that people write."""
    facts = facts_of(column)
    return isinstance(column.type, Text) and facts is not None and not facts.choices
