"""The demo company with records in every relation to every viewer, and the rules of the docs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from services.context import Actor, Audience, Role
from services.entities import sql
from services.entities.registry import ENTITY_TYPES, LINK_TYPES
from tests.fixtures import DANIEL, MARCUS, PRIYA

RIGHTS = Path(__file__).parents[2] / "docs" / "rights.md"
TOMASZ = 4
"""The person number of a technician who is no viewer."""

ABSENT = 999_999
"""The number of no record."""
WORDS = "words of somebody who is no viewer"
TURN = 4242
"""The number of a turn of no viewer's, with a change to undo and a waiting consent."""


def tables_of_the_docs() -> dict[str, list[list[str]]]:
    """Return the rows of each table of docs/rights.md by the heading above it."""
    tables: dict[str, list[list[str]]] = {}
    for line in RIGHTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            rows = tables.setdefault(line[3:], [])
        elif line.startswith("|") and not line.startswith("|-"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return {heading: rows for heading, rows in tables.items() if rows}


@dataclass(frozen=True)
class Viewer:
    """A person who looks at records, and the column of the docs that applies to them."""

    name: str
    column: str
    person: int | None
    role: Role = Role.requester
    audience: Audience = Audience.private

    @property
    def actor(self) -> Actor:
        return Actor(self.person or 0, self.role, self.audience, "test")

    @property
    def slack_id(self) -> str:
        return f"U{self.person or 99_999:08d}"


REQUESTER = Viewer("requester", "requester", PRIYA)
TECHNICIAN = Viewer("technician", "technician", DANIEL, Role.technician)
ADMIN = Viewer("admin", "admin", MARCUS, Role.admin)
STRANGER = Viewer("stranger", "stranger", None)
ELSEWHERE = Viewer(
    "technician where others read", "requester", DANIEL, Role.technician, Audience.channel
)
VIEWERS = (REQUESTER, TECHNICIAN, ADMIN, STRANGER)


@dataclass(eq=False)
class World:
    """All rows of the database, and what the docs allow each viewer."""

    url: str
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    """The records made for the matrix; every surface opens them one by one."""
    members: set[tuple[int, int]] = field(default_factory=set)
    watchers: set[tuple[int, int]] = field(default_factory=set)
    links: set[tuple[int, int]] = field(default_factory=set)
    between: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    """The pairs of tickets that are linked, by table."""

    def may(self, viewer: Viewer, key: str) -> str:
        """Return the cell of the docs for the viewer and the record."""
        return self.cell(viewer.column, *self.relation(viewer, key))

    def sees(self, viewer: Viewer, key: str) -> bool:
        return self.may(viewer, key) != "–"

    def visible(self, viewer: Viewer, prefix: str = "") -> set[str]:
        return {key for key in self.rows if key.startswith(prefix) and self.sees(viewer, key)}

    def mark(self, key: str) -> str:
        """Return text that only this record contains; empty if it is the demo's."""
        row = self.rows[key]
        words = row.get("text") or row.get("value") or row.get("name") or ""
        made_up = words.startswith(("Zephyr", "ZQ-", "q")) and any(map(str.isdigit, words))
        return words if made_up and key in self.made else ""

    def typical(self, viewer: Viewer, *prefixes: str) -> list[str]:
        """Return two of the records made for these tests for each relation to this viewer."""
        found: dict[tuple[str, str], list[str]] = {}
        for key in self.made:
            if not prefixes or key.split("-")[0] in prefixes:
                found.setdefault(self.relation(viewer, key), []).append(key)
        return [key for keys in found.values() for key in keys[:2]]

    @staticmethod
    def cell(column: str, kind: str, relation: str) -> str:
        return RULES[kind, relation][COLUMNS.index(column)]

    def may_watch(self, viewer: Viewer, key: str, person: int) -> list[str]:
        """Return which of `add` and `remove` the docs allow for this watcher of a ticket."""
        own = self.rows[key]["requester_id"] == viewer.person
        ticket = "own" if own else "seen" if self.sees(viewer, key) else "hidden"
        oneself = "oneself" if person == viewer.person else "another person"
        [cells] = [
            row[2:] for row in WATCHERS if row[0] == ticket and row[1] in (oneself, "anybody")
        ]
        return cells[COLUMNS.index(viewer.column)].split(", ")

    def relation(self, viewer: Viewer, key: str) -> tuple[str, str]:
        """Return type and relation of the row of the docs that applies to viewer and record."""
        return _relation(self, viewer, key)

    def _ticket(self, viewer: Viewer, key: str) -> tuple[str, str]:
        row, person = self.rows[key], viewer.person
        fits = {
            "own": row["requester_id"] == person,
            "watched": (row["id"], person) in self.watchers,
            "assigned": row["assignee_id"] == person and person is not None,
            "of own team": (row["team_id"], person) in self.members,
            "other": True,
        }
        kind = "private ticket" if row["private"] else "ticket"
        return kind, next(name for name, fit in fits.items() if fit)

    def _machine(self, viewer: Viewer, key: str) -> tuple[str, str]:
        row, person = self.rows[key], viewer.person
        if person is not None and row["person_id"] == person:
            return "machine", "own"
        tickets = [f"TKT-{ticket}" for ticket, machine in self.links if machine == row["id"]]
        linked = any(self.rows[each]["requester_id"] == person for each in tickets)
        return "machine", "linked to own ticket" if linked else "other"

    def _person(self, viewer: Viewer, key: str) -> tuple[str, str]:
        row = self.rows[key]
        if row["id"] == viewer.person:
            return "person", "oneself"
        return "person", "other" if row["active"] else "no longer active"

    def _team(self, viewer: Viewer, key: str) -> tuple[str, str]:
        own = (self.rows[key]["id"], viewer.person) in self.members
        return "team", "own" if own else "other"

    def _note(self, viewer: Viewer, key: str) -> tuple[str, str]:
        row, on = self.rows[key], self._on(viewer, key)
        kind = "internal note" if row["internal"] else "note"
        mine = row["author_id"] == viewer.person and self.cell(viewer.column, kind, on) != "–"
        return ("note", "written by oneself") if mine else (kind, on)

    def _tag(self, viewer: Viewer, key: str) -> tuple[str, str]:
        return "tag", self._on(viewer, key)

    def _on(self, viewer: Viewer, key: str) -> str:
        row = self.rows[key]
        on = f"{row['on_kind']}-{row['on_id']}"
        if row["on_kind"] == "USR":
            return "on oneself" if row["on_id"] == viewer.person else "on another person"
        if row["on_kind"] != "TEAM" and not self.sees(viewer, on):
            return "on a hidden record"
        noun = ENTITY_TYPES[row["on_kind"]].noun
        return f"on {'an' if noun[0] in 'aeiou' else 'a'} {noun}"


RELATIONS: dict[str, Callable[[World, Viewer, str], tuple[str, str]]] = {
    "TKT": World._ticket,
    "MAC": World._machine,
    "USR": World._person,
    "TEAM": World._team,
    "NOTE": World._note,
    "TAG": World._tag,
}
"""For each type, how its relation to a viewer is found."""


@cache
def _relation(world: World, viewer: Viewer, key: str) -> tuple[str, str]:
    """Return the relation of viewer and record; cached, because every surface needs all of them."""
    return RELATIONS[key.split("-")[0]](world, viewer, key)


COLUMNS, *_cells = [row[2:] for row in tables_of_the_docs()["Records"]]
RULES = {
    (row[0], row[1]): cells
    for row, cells in zip(tables_of_the_docs()["Records"][1:], _cells, strict=True)
}

BETWEEN = [
    link.__tablename__
    for link in LINK_TYPES
    if {each.prefix for each in sql.targets_of(link).values()} == {"TKT"}
]
"""The tables that link tickets to each other."""

WATCHERS = tables_of_the_docs()["Watchers"][1:]
