"""A card: what surfaces show of a record to one viewer."""

import re
from dataclasses import dataclass
from datetime import date, datetime

import orjson

from services.entities.column import Choice
from services.sanitize import one_line


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a record: enough for a button, a list row or a link."""

    id: str
    icon: str
    title: str
    detail: str = ""

    def as_text(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.id} {quoted(self.title)}{detail}"

    def as_name(self) -> str:
        return f"{self.id} {self.title}"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit; the unit may be empty."""

    number: float
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.number} {self.unit}".strip()


Value = str | bool | Quantity | Choice | datetime | date | Ref | tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Field:
    label: str
    value: Value


@dataclass(frozen=True, slots=True)
class Card:
    """What one viewer sees of a record: `fields` in order, and `body`, the long text.

    `related` records and `attached` ones (notes and tags) become buttons.
    """

    ref: Ref
    noun: str
    fields: tuple[Field, ...]
    body: str = ""
    related: tuple[Ref, ...] = ()
    attached: tuple[Ref, ...] = ()
    body_label: str = ""

    @property
    def mentioned(self) -> tuple[Ref, ...]:
        """All other records on the card, each once."""
        found: dict[str, Ref] = {}
        for field in self.fields:
            values = field.value if isinstance(field.value, tuple) else (field.value,)
            found.update({value.id: value for value in values if isinstance(value, Ref)})
        found.update({ref.id: ref for ref in (*self.related, *self.attached)})
        return tuple(found.values())

    def as_text(self) -> str:
        """Return the card for a model, without notes and tags.

        Texts of people are in quotation marks, as data.
        """
        lines = [f"{self.noun} {self.ref.id} {quoted(self.ref.title)}"]
        lines += [f"{field.label}: {value_text(field.value)}" for field in self.fields]
        if self.body:
            lines.append(quoted(self.body))
        if self.related:
            lines.append(f"Related: {value_text(self.related)}")
        return "\n".join(lines)


def quoted(words: str) -> str:
    """Return a text as a JSON string, so that it can't be mistaken for what is around it."""
    return orjson.dumps(words).decode()


QUOTED = re.compile(r'"(?:[^"\\]|\\(?s:.))*+(?:"|\\?\Z)')
"""Matches a text as `quoted` writes it; one that was cut off matches to the end."""


def value_text(value: Value) -> str:
    """Return a value as plain text on one line."""
    match value:
        case Ref():
            return value.as_text()
        case tuple():
            return ", ".join(ref.as_text() for ref in value)
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case Choice():
            return value.value[:1].upper() + value.value[1:]
        case _:
            return one_line(str(value))
