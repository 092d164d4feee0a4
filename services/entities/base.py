"""The registry of entity kinds: from a prefix to a class, from a text to the ids in it."""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Self

from sqlalchemy import BigInteger, DateTime, Select, Text, TextClause, bindparam, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.context import Context
from services.entities.card import Card, Ref
from services.errors import DeskError, NotFound
from services.harmless import one_line


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        int: BigInteger(),
        str: Text(),
    }


KINDS: dict[str, type["Entity"]] = {}
"""Every kind by its prefix, in the order in which they were declared."""


class Entity(Base):
    """A kind of record. A subclass with a `prefix` is its own registry entry."""

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
    def newest(cls) -> Select[Self]:
        """Every record of the kind that row-level security lets through, newest first."""
        return select(cls).order_by(cls.id.desc())


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
    kind = KINDS[prefix]
    found = await ctx.session.execute(_by_number(kind), {"numbers": [int(number)]})
    entity = found.unique().scalar_one_or_none()
    if entity is None:
        raise NotFound(key)
    return entity


async def load_visible(ctx: Context, keys: list[str]) -> list[Entity]:
    """Those of the records that exist and that the actor may see, in the given order."""
    found: dict[str, Entity] = {}
    for prefix, kind in KINDS.items():
        numbers = [int(key.split("-")[1]) for key in keys if key.startswith(f"{prefix}-")]
        if numbers:
            rows = await ctx.session.execute(_by_number(kind), {"numbers": numbers})
            found.update({entity.key: entity for entity in rows.unique().scalars()})
    return [found[key] for key in keys if key in found]


# Made once for each kind: what a statement says costs as much to put together as to ask.
@cache
def _by_number(kind: type[Entity]) -> Select[Entity]:
    return select(kind).where(kind.id.in_(bindparam("numbers", expanding=True)))


Related = Mapping[str, tuple[Ref, ...]]
"""What a card says of other records, by what they are to it."""


def relations(prefix: str, **others: str) -> TextClause:
    """The statement that names what is related to a record with the number `:id`.

    `others` select keys, in the order in which a card has them. Notes and tags come with each.
    """
    of_record = f"WHERE on_kind = '{prefix}' AND on_id = :id ORDER BY id DESC"
    keys = others | {
        "notes": f"SELECT 'NOTE-' || id FROM notes {of_record} LIMIT 5",
        "tags": f"SELECT 'TAG-' || id FROM tags {of_record} LIMIT 10",
    }
    named = (f"SELECT '{what}' AS what, key FROM ({each}) keys(key)" for what, each in keys.items())
    return text(" UNION ALL ".join(named))


async def related(ctx: Context, statement: TextClause, number: int) -> Related:
    """The records that `relations` name, as far as the actor may see them."""
    rows = await ctx.ask(statement, id=number)
    seen = {each.key: each.ref for each in await load_visible(ctx, [row["key"] for row in rows])}
    found: dict[str, tuple[Ref, ...]] = defaultdict(tuple)
    for row in rows:
        if row["key"] in seen:
            found[row["what"]] += (seen[row["key"]],)
    return found


def attached(related: Related) -> tuple[Ref, ...]:
    """What any card ends with: the newest notes and the tags on its record."""
    return (*related["notes"], *related["tags"])
