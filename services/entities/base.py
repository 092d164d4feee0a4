"""The base of entity types: each is a class, from which all surfaces derive cards and forms."""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement, Select, func, select

from services.context import Context, Role
from services.entities import sql
from services.entities.card import Card, Field, Quantity, Ref, Value
from services.entities.column import Facts, facts_of, is_default
from services.entities.hiding import masked
from services.entities.registry import ENTITY_TYPES
from services.entities.related import Duration, Related, Relation, related_of
from services.entities.table import Numbered
from services.errors import DeskError, NotFound
from services.sanitize import one_line
from services.storage.database import Executor
from services.storage.statements import Row


class Entity(Numbered):
    """A type of record. A subclass with a `prefix` registers itself.

    A record is a read-only value: `change` writes and returns the new one. Beside a column such as
    `requester_id` it has the record itself as `requester`.

    `added`, `removed`: the lines for adding and deleting a `{record}`, in the imperative; with
    `{title}` in them they name its whole content.
    `removable`: the lowest role that may delete a record it has just added; None: nobody.
    `restorable`: that role may also delete records that are not new, and restore deleted ones.
    `absent`: the word for "no record" of the type.
    `public`: everybody sees all records. Otherwise `limited` is the sentence that tells requesters
    which ones they see. Lists filtered to “me” by one of `complete` hide nothing, and omit the
    sentence.
    `sort`: the filter by which lists are sorted, with "-" the largest first.
    `preset`: the filters of a list for which none are given.
    `named_by`: the columns with the names that people use.
    `place`: the position of the type on the web.
    """

    __abstract__ = True
    prefix: ClassVar[str]
    noun: ClassVar[str]
    plural: ClassVar[str]
    icon: ClassVar[str]
    added: ClassVar[str] = "Create {record}"
    removed: ClassVar[str] = "Delete {record}"
    removable: ClassVar[Role | None] = None
    restorable: ClassVar[bool] = False
    absent: ClassVar[str] = "none"
    public: ClassVar[bool] = False
    limited: ClassVar[str] = ""
    complete: ClassVar[tuple[str, ...]] = ()
    sort: ClassVar[str] = "name"
    preset: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    named_by: ClassVar[tuple[str, ...]] = ()
    place: ClassVar[int] = 9
    relations: ClassVar[tuple[Relation, ...]] = ()
    durations: ClassVar[tuple[Duration, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "prefix" in cls.__dict__:
            ENTITY_TYPES[cls.prefix] = cls

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_sa_"):  # SQLAlchemy's own
            raise AttributeError(f"{name} is read-only: call change() and use what it returns.")
        super().__setattr__(name, value)

    @property
    def key(self) -> str:
        """The record's id with its prefix, such as `TKT-12`."""
        return f"{self.prefix}-{self.id}"

    @property
    def title(self) -> str:
        return str(vars(self)["name"])

    @property
    def detail(self) -> str:
        """A few facts that distinguish this record from others in a list."""
        return ""

    @property
    def ref(self) -> Ref:
        return Ref(self.key, self.icon, one_line(self.title), one_line(self.detail))

    def concerns(self, person_id: int) -> bool:
        """Return whether the record is the person's own: a change of it affects nobody else."""
        return False

    @property
    def waits(self) -> bool:
        """Return whether it waits for something: its row in lists then shows the newest note."""
        return False

    async def remark(self, ctx: Context) -> str:
        """Return what to add to the receipt of a change of the record; may be empty."""
        return ""

    async def card(self, ctx: Context) -> Card:
        """Return the card of the record; what the actor may not see, or is empty, is left out."""
        related = await self.related(ctx)
        lists = [Field(each.label, each.value) for each in related if each.label and each.value]
        rest = [each for each in related if not each.label]
        body = next((field for field in self._fields(body=True)), Field("", ""))
        return Card(
            self.ref,
            self.noun.capitalize(),
            (*self._fields(ctx.actor.effective_role), *lists),
            str(body.value),
            related=tuple(ref for each in rest if not each.attached for ref in each.refs),
            attached=tuple(ref for each in rest if each.attached for ref in each.refs),
            body_label=body.label,
        )

    async def related(self, ctx: Context) -> list[Related]:
        """Return the fields with related records and lengths of time, in the order of the card."""
        return await related_of(ctx, self)

    def _fields(self, viewer: Role | None = None, *, body: bool = False) -> list[Field]:
        """Return the fields for a viewer of this role; with `body` the long text alone."""
        fields = []
        for name, facts in self.facts().items():
            shown = facts.shown_to is not None and viewer is not None and viewer >= facts.shown_to
            if facts.body if body else shown:
                value = self._value(name, facts)
                fields += [] if value is None else [Field(facts.label, value)]
        return fields

    def _value(self, name: str, facts: Facts) -> Value | None:
        """Return a column's value for a card; None if the card has no such field."""
        value = getattr(self, name)
        if reference := sql.references_of(type(self)).get(name.removesuffix("_id")):
            record = getattr(self, name.removesuffix("_id"))
            return reference[0].absent if value is None else record and record.ref
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return None if is_default(sql.columns_of(type(self))[name], value) else value
        if facts.choices:
            return facts.choice(value)
        if isinstance(value, datetime | date):
            return value
        return Quantity(value, facts.unit) if isinstance(value, int | float) else str(value)

    @classmethod
    def facts(cls) -> dict[str, Facts]:
        """Return what each column declares, such as label and choices, by attribute, in order."""
        return _facts_of(cls)

    @classmethod
    def query(cls) -> Select[Any]:
        """Return the query of all records that row-level security lets through."""
        return sql.query(cls)

    @classmethod
    async def fetch_all(cls, executor: Executor, query: Select[Any], **values: Any) -> list[Self]:
        """Return the records of a `query()` with conditions, in its order."""
        rows = await executor.fetch_all(query, **values)
        return [cls.from_row(row, executor.hidden) for row in rows]

    @classmethod
    async def fetch_one(cls, executor: Executor, query: Select[Any], **values: Any) -> Self | None:
        """Return the first record of a `query()` with conditions, or None."""
        row = await executor.fetch_one(query, **values)
        return cls.from_row(row, executor.hidden) if row else None

    @classmethod
    async def fetch_by_ids(cls, executor: Executor, numbers: list[int]) -> list[Self]:
        """Return the records with these numbers that are visible, in any order."""
        return await cls.fetch_all(executor, sql.query_by_ids(cls), numbers=numbers)

    @classmethod
    async def get(cls, executor: Executor, number: int) -> Self:
        """Return the record with the number; absent and hidden ones raise the same `NotFound`."""
        if record := await cls.fetch_one(executor, sql.query_by_id(cls), number=number):
            return record
        raise NotFound(f"{cls.prefix}-{number}")

    @classmethod
    async def count(cls, executor: Executor, *conditions: ColumnElement[bool]) -> int:
        query = select(func.count().label("total")).select_from(cls.__table__).where(*conditions)
        [row] = await executor.fetch_all(query)
        return int(row["total"])

    @classmethod
    async def create(cls, executor: Executor, **values: Any) -> Self:
        """Insert a record and return it with the defaults of the database."""
        [row] = await executor.fetch_all(sql.insert(cls, tuple(values)), **values)
        return cls.from_row(row, executor.hidden)

    async def change(self, executor: Executor, **values: Any) -> Self:
        """Write the values and return the new record; raises `NotFound` where RLS hides it."""
        row = await executor.fetch_one(sql.update(type(self), tuple(values)), **values, id=self.id)
        if row is None:
            raise NotFound(self.key)
        return self.from_row(row, executor.hidden)

    async def delete(self, executor: Executor) -> None:
        """Delete the record; raises `NotFound` where RLS hides it."""
        if not await executor.fetch_all(sql.delete(type(self)), id=self.id):
            raise NotFound(self.key)

    @classmethod
    def from_row(cls, row: Row, hidden: frozenset[str]) -> Self:
        """Return the record of a row of `query()`; hidden columns have a mark as their value."""
        values = masked(cls, {name: row[name] for name in sql.columns_of(cls)}, hidden)
        for name, (target, labels) in sql.references_of(cls).items():
            if row[f"{name}.id"] is None:
                values[name] = None
                continue
            own = {attribute: row[label] for attribute, label in labels.items()}
            values[name] = target.of(masked(target, own, hidden))
        return cls.of(values)


@cache
def _facts_of(kind: type[Entity]) -> dict[str, Facts]:
    return {name: facts for name, each in sql.columns_of(kind).items() if (facts := facts_of(each))}


@cache
def _id_pattern() -> re.Pattern[str]:
    prefixes = "|".join(ENTITY_TYPES)
    return re.compile(
        rf"(?<![\w-])(?:{prefixes})-[1-9]\d{{0,17}}+(?![\w-])", re.IGNORECASE | re.ASCII
    )


def find_ids(words: str) -> list[str]:
    """Return the record ids in a text, in upper case, each once, in order of appearance."""
    return list(dict.fromkeys(key.upper() for key in _id_pattern().findall(words)))


def without_ids(words: str, keys: set[str]) -> str:
    """Return the text without the ids in `keys`."""
    return _id_pattern().sub(lambda found: "" if found[0].upper() in keys else found[0], words)


def find_titles(words: str) -> dict[str, str]:
    """Return by id the titles in a text that stand in quotes behind an id, as in `Ref.as_text`."""
    pattern = rf'(?<![\w-])((?:{"|".join(ENTITY_TYPES)})-[1-9]\d*) ("(?:[^"\\]|\\.)*")'
    return dict(re.findall(pattern, words, re.ASCII))


async def load(ctx: Context, key: str) -> Entity:
    """Return the record with this id as the actor may see it.

    A malformed id raises `DeskError`; an absent and a hidden record raise the same `NotFound`.
    """
    if find_ids(key) != [key.strip().upper()]:
        raise DeskError(
            f"“{one_line(key)[:40]}”: I found no record of that id or name. Try fewer words, or use"
            " an id such as TKT-12."
        )
    prefix, number = key.strip().upper().split("-")
    return await ENTITY_TYPES[prefix].get(ctx, int(number))


async def load_visible(ctx: Context, keys: list[str]) -> list[Entity]:
    """Return the records that exist and that the actor may see, in the order of `keys`."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for key in keys:
        prefix, number = key.split("-")
        numbers[prefix].append(int(number))
    found: dict[str, Entity] = {}
    for prefix, wanted in numbers.items():
        records = await ENTITY_TYPES[prefix].fetch_by_ids(ctx, wanted)
        found |= {record.key: record for record in records}
    return [found[key] for key in keys if key in found]
