"""Filters whose value is a record, such as the assignee of a ticket."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import ColumnElement, or_, select

from services.entities.absent import ABSENT, Absent
from services.entities.base import Entity
from services.entities.filters import Condition, Filter, OfColumn


@dataclass(frozen=True, kw_only=True)
class OfRecord(Filter):
    """A filter whose value is a record or the word for none."""

    target: type[Entity]
    may_be_absent: bool = True

    @property
    def hint(self) -> Any:
        if not self.may_be_absent:
            return self.target | None
        return Annotated[self.target | None, ABSENT]

    def described(self, value: Any) -> str:
        said = self.target.absent if value is ABSENT else value.ref.as_name()
        return f"{self.title} {said}"


@dataclass(frozen=True, kw_only=True)
class OfReference(OfRecord, OfColumn):
    """A filter by the record to which a column refers."""

    def on(self, value: Any, now: datetime) -> Condition | None:
        return self.column.is_(None) if isinstance(value, Absent) else self.column == value.id

    @property
    def order(self) -> ColumnElement[Any] | None:
        return None


@dataclass(frozen=True, kw_only=True)
class OfRows(OfRecord):
    """A filter by a record that rows of another table link to the listed records."""

    found: ColumnElement[Any]
    """The column of the rows' table with the ids of the listed records."""
    by: ColumnElement[Any]
    of: ColumnElement[Any]

    def on(self, value: Any, now: datetime) -> Condition | None:
        joined = select(self.found).where(self.found.is_not(None))
        if isinstance(value, Absent):
            return self.of.not_in(joined)
        return self.of.in_(joined.where(self.by == value.id))


@dataclass(frozen=True, kw_only=True)
class AnyOf(OfRecord):
    """A filter by a record that fulfils any of several filters: requester, assignee or watcher."""

    filters: tuple[OfRecord, ...]

    def on(self, value: Any, now: datetime) -> Condition | None:
        found = (each.on(value, now) for each in self.filters)
        return or_(*(each for each in found if each is not None))
