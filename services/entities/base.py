"""The registry of entity kinds: from a prefix to a class, from a text to the ids in it."""

import re
from collections import defaultdict
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Self

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    TextClause,
    bindparam,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.context import Context
from services.entities.card import Card, Ref
from services.errors import DeskError, NotFound
from services.sanitize import one_line
from services.storage.database import Executor
from services.storage.statements import Row


class Base(DeclarativeBase):
    """A table, and what one row of it holds: plain values, whose changes nobody follows."""

    __allow_unmapped__ = True
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        int: BigInteger(),
        str: Text(),
    }

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


KINDS: dict[str, type["Entity"]] = {}
"""Every kind by its prefix, in the order in which they were declared."""


class Entity(Base):
    """A kind of record. A subclass with a `prefix` is its own registry entry.

    A record holds those that it names: `requester` stands beside a column `requester_id`. Computed
    columns are there to be searched, and no record holds them.
    """

    __abstract__ = True
    prefix: ClassVar[str]
    noun: ClassVar[str]
    plural: ClassVar[str]
    icon: ClassVar[str]

    id: Mapped[int] = mapped_column(primary_key=True)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        KINDS[cls.prefix] = cls

    @property
    def key(self) -> str:
        """The id that people say, such as `TKT-12`."""
        return f"{self.prefix}-{self.id}"

    @property
    def title(self) -> str:
        raise NotImplementedError

    @property
    def detail(self) -> str:
        """What tells this record from its neighbours in a list."""
        return ""

    @property
    def ref(self) -> Ref:
        return Ref(self.key, self.icon, one_line(self.title), one_line(self.detail))

    async def card(self, ctx: Context) -> Card:
        """What the actor of `ctx` may see of the record."""
        raise NotImplementedError

    @classmethod
    def query(cls) -> Select[Any]:
        """Every record of the kind that row-level security lets through, for `fetch_all`."""
        return _query(cls)

    @classmethod
    async def fetch_all(cls, executor: Executor, query: Select[Any], **values: Any) -> list[Self]:
        """What is left of `query` by a query, in its order."""
        return [cls.from_row(row) for row in await executor.fetch_all(query, **values)]

    @classmethod
    async def fetch_one(cls, executor: Executor, query: Select[Any], **values: Any) -> Self | None:
        """The first of it, if there is one."""
        row = await executor.fetch_one(query, **values)
        return cls.from_row(row) if row else None

    @classmethod
    async def fetch_by_ids(cls, executor: Executor, numbers: list[int]) -> list[Self]:
        """Those with the numbers, as far as they exist and may be seen, in any order."""
        return await cls.fetch_all(executor, _numbered(cls), numbers=numbers)

    @classmethod
    async def get(cls, executor: Executor, number: int) -> Self:
        """The one with the number; an absent and a hidden one raise the same `NotFound`."""
        if record := await cls.fetch_one(executor, _numbered(cls), numbers=[number]):
            return record
        raise NotFound(f"{cls.prefix}-{number}")

    @classmethod
    async def count(cls, executor: Executor, *conditions: ColumnElement[bool]) -> int:
        query = select(func.count().label("total")).select_from(cls.__table__).where(*conditions)
        [row] = await executor.fetch_all(query)
        return int(row["total"])

    @classmethod
    async def create(cls, executor: Executor, **values: Any) -> Self:
        """A new record, as the database has made it of the values."""
        [row] = await executor.fetch_all(_insert(cls, tuple(values)), **values)
        return cls.from_row(row)

    async def change(self, executor: Executor, **values: Any) -> Self:
        """The record with other values, as the database has made it of them."""
        row = await executor.fetch_one(_update(type(self), tuple(values)), **values, id=self.id)
        if row is None:
            raise NotFound(self.key)
        return self.from_row(row)

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """The record of a row of `query`."""
        values = {name: row[name] for name in _columns(cls)}
        for of, (kind, labels) in _named(cls).items():
            named = row[f"{of}.id"] is not None
            values[of] = kind(**{n: row[label] for n, label in labels.items()}) if named else None
        return cls(**values)


# Made once for each kind: what a statement says costs as much to put together as to ask.
@cache
def _query(kind: type[Entity]) -> Select[Any]:
    """One row for each record, with the columns of those that it names as `requester.name`."""
    joined: FromClause = kind.__table__
    columns = [column.label(name) for name, column in _columns(kind).items()]
    for of, (other, labels) in _named(kind).items():
        alias = other.__table__.alias(of)
        joined = joined.outerjoin(alias, alias.c.id == kind.__table__.c[f"{of}_id"])
        its_own = _columns(other)
        columns += [alias.c[its_own[name].name].label(label) for name, label in labels.items()]
    return select(*columns).select_from(joined)


@cache
def _columns(kind: type[Entity]) -> dict[str, Column[Any]]:
    """What a record holds of its own, by the names that it has there."""
    columns = {each.key: each.columns[0] for each in inspect(kind).column_attrs}
    return {
        name: column
        for name, column in columns.items()
        if isinstance(column, Column) and column.computed is None
    }


@cache
def _named(kind: type[Entity]) -> dict[str, tuple[type[Entity], dict[str, str]]]:
    """The records that one of this kind names: their kind, and where their values stand."""
    kinds = {each.__tablename__: each for each in KINDS.values()}
    named = {
        column.name.removesuffix("_id"): kinds[key.column.table.name]
        for column in kind.__table__.c
        for key in column.foreign_keys
    }
    return {
        of: (other, {name: f"{of}.{name}" for name in _columns(other)})
        for of, other in named.items()
    }


@cache
def _numbered(kind: type[Entity]) -> Select[Any]:
    return kind.query().where(kind.__table__.c.id == func.any(bindparam("numbers")))


@cache
def _insert(kind: type[Entity], names: tuple[str, ...]) -> TextClause:
    columns, values = ", ".join(names), ", ".join(f":{name}" for name in names)
    return _written(kind, f"INSERT INTO {kind.__tablename__} ({columns}) VALUES ({values})")


@cache
def _update(kind: type[Entity], names: tuple[str, ...]) -> TextClause:
    values = ", ".join(f"{name} = :{name}" for name in names)
    return _written(kind, f"UPDATE {kind.__tablename__} SET {values} WHERE id = :id")


def _written(kind: type[Entity], statement: str) -> TextClause:
    """`query` of what the statement writes: there the table's name stands for that alone."""
    return text(f"WITH {kind.__tablename__} AS ({statement} RETURNING *) {kind.query()}")


def find_ids(words: str) -> list[str]:
    """The record ids in a text, in upper case, each once, in order of appearance."""
    prefixes = "|".join(KINDS)
    pattern = rf"(?<![\w-])(?:{prefixes})-[1-9]\d{{0,17}}(?![\w-])"
    found = re.findall(pattern, words, re.IGNORECASE | re.ASCII)
    return list(dict.fromkeys(key.upper() for key in found))


def find_titles(words: str) -> dict[str, str]:
    """The records that a text names as `Ref.as_text` does, by id, each with its latest title."""
    pattern = rf'(?<![\w-])((?:{"|".join(KINDS)})-[1-9]\d*) ("(?:[^"\\]|\\.)*")'
    return dict(re.findall(pattern, words, re.ASCII))


async def load(ctx: Context, key: str) -> Entity:
    """The record with this id as the actor may see it.

    A malformed id raises `DeskError`; an absent and a hidden record raise the same `NotFound`.
    """
    key = key.strip().upper()
    if find_ids(key) != [key]:
        examples = ", ".join(f"{prefix}-12" for prefix in KINDS)
        raise DeskError(f"“{key[:40]}” is not a record id. Ids look like {examples}.")
    prefix, number = key.split("-")
    return await KINDS[prefix].get(ctx, int(number))


async def load_visible(ctx: Context, keys: list[str]) -> list[Entity]:
    """Those of the records that exist and that the actor may see, in the given order."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for key in keys:
        prefix, number = key.split("-")
        numbers[prefix].append(int(number))
    found: dict[str, Entity] = {}
    for prefix, wanted in numbers.items():
        records = await KINDS[prefix].fetch_by_ids(ctx, wanted)
        found |= {record.key: record for record in records}
    return [found[key] for key in keys if key in found]
