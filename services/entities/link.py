"""Links: rows of many-to-many tables that join a record to another."""

from functools import cache
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, TextClause, text
from sqlalchemy.orm import MappedColumn, mapped_column

from services.context import Role
from services.entities.registry import LINK_TYPES
from services.entities.table import Base
from services.storage.database import Executor


def end_column(table: str, sort_order: int = 0) -> MappedColumn[int]:
    """Return a column with the id of one of the two records of a link.

    An inherited column comes after those of the subclass, unless its `sort_order` is lower.
    """
    key = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return mapped_column(key, primary_key=True, sort_order=sort_order)


class Link(Base):
    """A many-to-many table with two columns: the subject, and the other record.

    The first column is the subject's: the link is in its history and on its cards.
    `added`, `removed`: the lines of receipts for adding and deleting a link, in the imperative.
    `editable`: the lowest role that may add and delete links.
    `single`: a subject has at most one such link.
    `filter`: the name of the filter that finds subjects by the other record.
    `reverse`: the name of the filter that finds the other records by their subject.
    """

    __abstract__ = True
    added: ClassVar[str]
    removed: ClassVar[str]
    editable: ClassVar[Role] = Role.requester
    single: ClassVar[bool] = False
    filter: ClassVar[str] = ""
    reverse: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__tablename__" in cls.__dict__:
            LINK_TYPES.append(cls)

    @classmethod
    def ends(cls) -> tuple[str, str]:
        """Return the names of the columns with the ids of the subject and of the other record."""
        subject, other = cls.__table__.columns.keys()
        return subject, other

    @classmethod
    async def exists(cls, executor: Executor, subject: int, other: int) -> bool:
        found = await executor.fetch_one(_statement(cls, _FIND), subject=subject, other=other)
        return found is not None

    @classmethod
    async def others(cls, executor: Executor, subject: int) -> list[int]:
        """Return the numbers of the visible records to which the subject is linked."""
        rows = await executor.fetch_all(_statement(cls, _OTHERS), subject=subject)
        return [row["other"] for row in rows]

    @classmethod
    async def join(cls, executor: Executor, subject: int, *others: int) -> None:
        """Link the subject to each of the others; none may be linked to it yet."""
        numbers = sorted(set(others))
        await executor.execute(_statement(cls, _JOIN), subject=subject, others=numbers)

    @classmethod
    async def part(cls, executor: Executor, subject: int, other: int) -> bool:
        """Delete the link; return False if there was none."""
        found = await executor.fetch_all(_statement(cls, _PART), subject=subject, other=other)
        return bool(found)


_FIND = "SELECT {0} FROM {table} WHERE {0} = :subject AND {1} = :other"
_OTHERS = "SELECT {1} AS other FROM {table} WHERE {0} = :subject ORDER BY {1}"
_JOIN = "INSERT INTO {table} ({0}, {1}) SELECT :subject, unnest(CAST(:others AS bigint[]))"
_PART = "DELETE FROM {table} WHERE {0} = :subject AND {1} = :other RETURNING {0}"


@cache
def _statement(link: type[Link], words: str) -> TextClause:
    return text(words.format(*link.ends(), table=link.__tablename__))
