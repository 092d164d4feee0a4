"""Events: one row for each change, written by a trigger."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Column, text

from services.entities import sql
from services.entities.base import Entity
from services.entities.column import Facts, facts_of
from services.entities.hiding import masked
from services.entities.link import Link
from services.entities.registry import entity_type_of, link_type_of
from services.storage.database import Executor
from services.storage.statements import Row


@dataclass(frozen=True, slots=True)
class Event:
    """One row that was inserted, updated or deleted.

    `before` and `after` hold column values as JSON; for an update only the changed columns.
    """

    id: int
    at: datetime
    verb: str
    table_name: str
    record_id: int
    subject_type: str | None
    subject_id: int | None
    before: Row | None
    after: Row | None

    @classmethod
    def from_row(cls, row: Row) -> Self:
        return cls(**{name: row[name] for name in NAMES})

    @property
    def reverse(self) -> Self:
        """The event of the opposite change, which undoes this one."""
        verbs = {"INSERT": "DELETE", "DELETE": "INSERT"}
        verb = verbs.get(self.verb, self.verb)
        return replace(self, verb=verb, before=self.after, after=self.before)

    @property
    def entity_type(self) -> type[Entity] | None:
        """The type of the changed record; None for links and for tables without records."""
        return entity_type_of(self.table_name)

    @property
    def link(self) -> type[Link] | None:
        return link_type_of(self.table_name)

    @property
    def subject(self) -> str:
        """The id of the record that the change belongs to.

        That is the changed record itself, or the one that a link, note or tag is on.
        """
        return f"{self.subject_type}-{self.subject_id}"

    @property
    def record(self) -> str:
        """The id of the record that has changed; for a link, its subject."""
        kind = self.entity_type
        return f"{kind.prefix}-{self.record_id}" if kind else self.subject

    @property
    def other(self) -> str:
        """The id of the record that a link joins to its subject."""
        _, other = self.link.ends() if self.link else ("", "")
        return f"{self.targets[other].prefix}-{self.row[other]}"

    @property
    def row(self) -> Row:
        """The values before the change, replaced by those after it."""
        return (self.before or {}) | (self.after or {})

    def title(self, hidden: frozenset[str]) -> str:
        """Return the title of a record that was added or deleted, without hidden columns."""
        kind = self.entity_type
        columns = sql.columns_of(kind) if kind else {}
        values = {name: self.row.get(column.name) for name, column in columns.items()}
        return kind(**masked(kind, values, hidden)).title if kind else ""

    @property
    def columns(self) -> list[tuple[Column[Any], Facts]]:
        """The record's changed columns, without derived ones."""
        kind, row = self.entity_type, self.row
        known = ((each, facts_of(each)) for each in sql.columns_of(kind).values()) if kind else ()
        return [
            (column, facts)
            for column, facts in known
            if facts and not facts.derived and column.name in row
        ]

    @property
    def derived(self) -> set[str]:
        """The record's derived columns, and its id."""
        kind = self.entity_type
        columns = sql.columns_of(kind).values() if kind else ()
        return {each.name for each in columns if (facts := facts_of(each)) is None or facts.derived}

    @property
    def targets(self) -> dict[str, type[Entity]]:
        """The changed columns that hold the id of a record, with its type."""
        changed = self.link or self.entity_type
        found = sql.targets_of(changed) if changed else {}
        return {name: target for name, target in found.items() if name in self.row}

    @property
    def referenced(self) -> set[str]:
        """The ids of the records to which the values refer."""
        return {
            f"{target.prefix}-{row[name]}"
            for name, target in self.targets.items()
            for row in (self.before or {}, self.after or {})
            if row.get(name) is not None
        }


NAMES = tuple(each.name for each in fields(Event))
COLUMNS = ", ".join(f"events.{name}" for name in NAMES)
SELECT = f"SELECT {COLUMNS} FROM events"

_OF_TURN = text(f"{SELECT} WHERE turn_id = :turn ORDER BY id")
_OF_TRANSACTION = text(
    f"{SELECT} WHERE turn_id IS NOT DISTINCT FROM app.turn()"
    " AND xmin = pg_current_xact_id()::xid ORDER BY id"
)
_IS_UNDONE = text("SELECT app.is_undone(:turn) AS undone")


async def events_of(executor: Executor, turn_id: int) -> list[Event]:
    """Return the changes of a turn that the executor may read, oldest first."""
    return [Event.from_row(row) for row in await executor.fetch_all(_OF_TURN, turn=turn_id)]


async def events_of_transaction(executor: Executor) -> list[Event]:
    """Return the actor's changes in this transaction, oldest first."""
    return [Event.from_row(row) for row in await executor.fetch_all(_OF_TRANSACTION)]


async def is_undone(executor: Executor, turn_id: int) -> bool:
    """Return whether the changes of a turn are undone now."""
    [row] = await executor.fetch_all(_IS_UNDONE, turn=turn_id)
    return bool(row["undone"])
