"""Filters: the conditions by which records are found, derived from columns and links."""

from dataclasses import dataclass
from datetime import datetime
from operator import getitem
from types import GenericAlias
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StringConstraints
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Text,
    and_,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)

from services.context import Role
from services.entities import ranges
from services.entities.base import Entity
from services.entities.column import Facts
from services.entities.hiding import TAG_VALUE, name_of
from services.entities.tag import Tag, split_tag

Condition = ColumnElement[bool]
ANY = "any"
_LONGEST = 100

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST)]


def literal(values: tuple[str, ...]) -> Any:
    """Return the type `Literal` of values computed at run time."""
    types: Any = Literal
    return getitem(types, values)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


@dataclass(frozen=True)
class Filter:
    """A condition with a name for people and models; `needs` is the lowest role that may use it.

    `hidden` is the type of the records that it looks at, if requesters don't see all of these.
    """

    name: str
    needs: Role = Role.requester
    hidden: type[Entity] | None = None

    @property
    def hint(self) -> Any:
        """The type of its value in the signature of a tool."""
        raise NotImplementedError

    def on(self, value: Any, now: datetime) -> Condition | None:
        """Return the condition, or None for no condition; raise `DeskError` for a bad value."""
        raise NotImplementedError

    def excluding(self, value: Any, now: datetime) -> Condition:
        """Return the opposite condition, which is also true of records with an empty value."""
        condition = self.on(value, now)
        return false() if condition is None else condition.is_not(true())

    @property
    def reads(self) -> str:
        """The name of the column it compares, if admins can hide that from models; else empty."""
        return ""

    @property
    def title(self) -> str:
        return self.name.replace("_", " ")

    def described(self, value: Any) -> str:
        """Return the condition as text for the heading of a list."""
        return f"{self.title} {value}"


@dataclass(frozen=True, kw_only=True)
class OfColumn(Filter):
    """A filter that compares one column."""

    column: Column[Any]
    facts: Facts

    @property
    def reads(self) -> str:
        return name_of(self.column)

    @property
    def order(self) -> ColumnElement[Any] | None:
        """The SQL expression that lists are sorted by; None if this filter can't sort them."""
        return self.column

    def group(self, zone: ZoneInfo) -> ColumnElement[Any]:
        """Return the SQL expression that counts are grouped by, with days of the time zone."""
        return self.column


class OfChoice(OfColumn):
    """A filter by some of the column's values, or by names for several of them."""

    @property
    def values(self) -> dict[str, tuple[str, ...]]:
        """The values that each word stands for.

        A value X is called “only X” if there is a group of that name.
        """
        groups = self.facts.groups
        each = {
            f"only {choice.value}" if choice.value.lower() in groups else choice.value: (
                choice.value,
            )
            for choice in self.facts.choices
        }
        return {**groups, **each}

    @property
    def hint(self) -> Any:
        known = {word.lower(): word for word in (*self.values, ANY)}

        def spelt(given: object) -> object:
            said = _as_list(given)
            if not isinstance(said, list):
                return said
            return [known.get(str(each).lower(), each) for each in said]

        words = GenericAlias(list, (literal((*self.values, ANY)),))
        return Annotated[
            words | None,
            BeforeValidator(spelt),
            Field(description=self._meaning),
        ]

    @property
    def _meaning(self) -> str | None:
        return (
            "; ".join(f"“{name}”: {self._group_text(name)}" for name in self.facts.groups) or None
        )

    def _group_text(self, group: str) -> str:
        """Return the text for a group: its values, or “not Closed” if it lacks only that value."""
        left = [each.value for each in self.facts.choices if each.value not in self.values[group]]
        return f"not {left[0]}" if len(left) == 1 else " or ".join(self.values[group])

    def on(self, value: Any, now: datetime) -> Condition | None:
        if ANY in value or not value:
            return None
        wanted = self._chosen(value)
        left = [each.value for each in self.facts.choices if each.value not in wanted]
        # Indexes of open tickets are for `status <> 'Closed'`.
        if len(left) == 1:
            return self.column != left[0]
        return self.column == func.any(cast(wanted, ARRAY(Text)))

    def excluding(self, value: Any, now: datetime) -> Condition:
        if ANY in value:
            return false()
        others = self.column != func.all(cast(self._chosen(value), ARRAY(Text)))
        return or_(others, self.column.is_(None)) if self.column.nullable else others

    def _chosen(self, words: list[str]) -> list[str]:
        return sorted({each for word in words for each in self.values[word]})

    def described(self, value: Any) -> str:
        groups = self.facts.groups
        words = [f"{each} = {self._group_text(each)}" if each in groups else each for each in value]
        return f"{self.title} {' or '.join(words)}"

    @property
    def order(self) -> ColumnElement[Any] | None:
        return func.array_position(
            cast([each.value for each in self.facts.choices], ARRAY(Text)), self.column
        )


class OfNumber(OfColumn):
    @property
    def hint(self) -> Any:
        unit = f" {self.facts.unit}" if self.facts.unit else ""
        return Annotated[
            Short | None,
            BeforeValidator(lambda given: str(given) if isinstance(given, int | float) else given),
            Field(description=f"{ranges.NUMBERS}{unit}"),
        ]

    def on(self, value: Any, now: datetime) -> Condition | None:
        return ranges.numbers(value).on(self.column)


class OfTime(OfColumn):
    usage: ClassVar[str] = ranges.TIMES

    @property
    def hint(self) -> Any:
        return Annotated[Short | None, Field(description=self.usage)]

    def on(self, value: Any, now: datetime) -> Condition | None:
        return self._range(value, now).on(self.column)

    def _range(self, words: str, now: datetime) -> ranges.Range:
        return ranges.times(words, now)

    def group(self, zone: ZoneInfo) -> ColumnElement[Any]:
        return _month(func.timezone(zone.key, self.column))


class OfDate(OfTime):
    usage = ranges.DATES

    def _range(self, words: str, now: datetime) -> ranges.Range:
        return ranges.dates(words, now)

    def group(self, zone: ZoneInfo) -> ColumnElement[Any]:
        return _month(self.column)


def _month(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.to_char(moment, literal_column("'YYYY-MM'"))


class OfFlag(OfColumn):
    @property
    def hint(self) -> Any:
        return bool | None

    def on(self, value: Any, now: datetime) -> Condition | None:
        return self.column if value else ~self.column

    @property
    def order(self) -> ColumnElement[Any] | None:
        return None


class OfText(OfColumn):
    @property
    def hint(self) -> Any:
        return Annotated[Short | None, Field(description="a part of it")]

    def on(self, value: Any, now: datetime) -> Condition | None:
        # Postgres makes both lower case: for letters such as “İ” Python does it differently.
        return func.strpos(func.lower(self.column), func.lower(value)) > 0


@dataclass(frozen=True, kw_only=True)
class OfTags(Filter):
    """A filter for records that have all the tags, given as `key` or `key=value`."""

    of: type[Entity]

    @property
    def reads(self) -> str:
        return TAG_VALUE

    @property
    def hint(self) -> Any:
        given = Annotated[list[Short], Field(max_length=10, description="such as site=berlin")]
        return Annotated[given | None, BeforeValidator(_as_list)]

    def on(self, value: Any, now: datetime) -> Condition | None:
        number = self.of.__table__.c.id
        conditions = []
        for each in value:
            key, wanted = split_tag(each)
            tagged = select(Tag.on_id).where(Tag.on_kind == self.of.prefix)
            tagged = tagged.where(func.lower(Tag.key_) == func.lower(key))
            if wanted:
                tagged = tagged.where(func.lower(Tag.value) == func.lower(wanted))
            conditions.append(number.in_(tagged))
        return and_(*conditions) if conditions else None

    def described(self, value: Any) -> str:
        return f"{self.title} {', '.join(value)}"
