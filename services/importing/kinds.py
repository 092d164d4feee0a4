"""The kinds of records that are imported and exported, and their columns."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Column

from services.entities import sql
from services.entities.base import Entity
from services.entities.column import Facts, facts_of
from services.entities.link import Link
from services.entities.machine import Machine
from services.entities.person import Person
from services.entities.registry import LINK_TYPES
from services.entities.team import Team
from services.entities.ticket import Ticket
from services.errors import DeskError
from services.importing.mentions import is_address
from services.importing.words import HEADERS
from services.sanitize import plain

ID = "id"
"""The header of the column with an exported record's own id, such as MAC-12."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A column that a file can fill. `name` is its name in mapping files and exports."""

    name: str
    attribute: str
    facts: Facts
    column: Column[Any]
    reference: type[Entity] | None

    @property
    def label(self) -> str:
        return self.facts.label

    @property
    def is_date(self) -> bool:
        return self.column.type.python_type in (date, datetime)


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of record that can be imported and exported.

    `more`: columns that a file can fill though people can't edit them.
    `never`: columns that no file may change.
    `once`: columns that are set only for new records.
    `parts`: names of columns in files from which another one follows, such as a first name.
    `named_after`: the columns that give a name to a record without one.
    """

    name: str
    entity: type[Entity]
    more: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    once: tuple[str, ...] = ("created_at", "updated_at")
    parts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    named_after: tuple[str, ...] = ()

    @cached_property
    def targets(self) -> dict[str, Target]:
        """The columns that a file can fill, by name, in the order of declaration."""
        found = {}
        for attribute, column in sql.columns_of(self.entity).items():
            facts = facts_of(column)
            if facts and (facts.editable or attribute in self.more) and attribute not in self.never:
                reference = sql.target_of(column)
                name = facts.filter if reference else attribute
                found[name] = Target(name, attribute, facts, column, reference)
        return found

    @cached_property
    def by_header(self) -> dict[str, dict[str, int]]:
        """The columns that a header can mean, by header, each with a rank. The lowest fits best."""
        found: dict[str, dict[str, int]] = {}
        for name in (*self.targets, *self.parts, *self.attached):
            target = self.targets.get(name)
            own = [name, target.attribute, target.label] if target else [name]
            others = HEADERS[self.name].get(name, [])
            known = [*map(plain, own), *others]
            if target and target.reference is Person:
                known.sort(key=is_address, reverse=True)
            for rank, each in enumerate(known):
                found.setdefault(each, {}).setdefault(name, rank)
        return found

    @cached_property
    def links(self) -> dict[str, type[Link]]:
        """The links of this record type, by their names in files."""
        found = {}
        for link in LINK_TYPES:
            (_, subject), (column, _) = sql.targets_of(link).items()
            if subject is self.entity:
                found[link.filter or column.removesuffix("_id")] = link
        return found

    @property
    def attached(self) -> tuple[str, ...]:
        """The names that tags, notes and links have in files."""
        return ("tags", "notes", *self.links)

    @property
    def needs_people(self) -> bool:
        """Return whether its records refer to people who are added if nobody knows them."""
        targets = self.targets.values()
        return any(each.reference is Person and not each.column.nullable for each in targets)

    def target(self, name: str) -> Target:
        """Return the column of this name; an unknown one raises `DeskError`."""
        if found := self.targets.get(name):
            return found
        known = ", ".join([*self.targets, *self.parts, *self.attached])
        raise DeskError(f"{self.name.capitalize()} have no column “{name}”: choose among {known}.")


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "machines",
            Machine,
            more=("uuid", "external_id", "created_at"),
            needs=("name", "serial_number", "uuid", "external_id"),
            named_after=("external_id", "serial_number"),
        ),
        Kind(
            "people",
            Person,
            more=("name", "email", "external_id", "created_at"),
            # Roles and accounts are given at the desk: no file makes anybody an admin.
            never=("role",),
            parts=("first_name", "last_name", "suspended"),
            needs=("email",),
        ),
        Kind("teams", Team, more=("created_at",), needs=("name",)),
        Kind(
            "tickets",
            Ticket,
            more=("external_id", "created_at", "updated_at", "closed_at"),
            needs=("external_id",),
            named_after=("external_id",),
        ),
    )
}
