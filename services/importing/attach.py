"""Add tags, notes and links that records don't have yet; none is changed or removed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

import orjson
from sqlalchemy import Connection, text

from services.entities import sql
from services.entities.link import Link
from services.entities.person import Person
from services.entities.tag import tags_by_key
from services.importing.attachments import NoteText
from services.importing.identity import find_named
from services.importing.kinds import KINDS, Kind
from services.importing.mentions import Mention, is_number
from services.importing.outcome import Outcome, left_out
from services.importing.references import References

AUTHOR: Mention = ("Imported",)
"""The person who is the author of notes for which the file gives none."""

# Also what people have removed or changed here: it must not come back.
_KNOWN = text("SELECT on_id, what, key, at FROM app.attached(:prefix, :records)")
_INSERT = (
    "INSERT INTO {table} ({names}) SELECT {names}"
    " FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb)) ON CONFLICT DO NOTHING"
)

Known = dict[tuple[int, str], set[str]]
"""The keys of the tags, notes or links that a record has or had, by its number and the table."""


class Attacher:
    """Plans and writes the tags, notes and links of one file, batch by batch."""

    def __init__(self, kind: Kind, references: References) -> None:
        self._kind, self._references = kind, references

    def plan(self, connection: Connection, outcomes: Sequence[Outcome]) -> None:
        """Find the tags, notes and links that each row adds, and set them as `additions`."""
        taken = [
            each for each in outcomes if each.candidate.attachments and not each.candidate.refused
        ]
        known = self._known(connection, taken)
        others = self._others(connection, taken)
        authors = {note.author for each in taken for note in each.candidate.attachments.notes}
        self._references.look_up_people(connection, (authors | {AUTHOR}) - {()})
        for outcome in taken:
            number, said, added = outcome.number, outcome.candidate.attachments, outcome.additions
            tags = {key.casefold() for key in known[number, "tags"]}
            given = tags_by_key(said.tags.items())
            added.tags = dict(tag for key, tag in given.items() if key not in tags)
            notes = known[number, "notes"]
            added.notes = [each for each in said.notes if _key(each) not in notes]
            for name, cells in said.links.items():
                link = self._kind.links[name]
                joined = known[number, link.__tablename__]
                if link.single:
                    cells = sorted(cells, key=lambda each: len(others[name][each]) != 1)[:1]
                for cell in cells:
                    self._link(outcome, name, cell, others[name][cell], joined)

    def _known(self, connection: Connection, outcomes: Sequence[Outcome]) -> Known:
        numbers = sorted(each.number for each in outcomes if each.record)
        values = {"prefix": self._kind.entity.prefix, "records": numbers}
        known: Known = defaultdict(set)
        for row in connection.execute(_KNOWN, values) if numbers else ():
            known[row.on_id, row.what] |= {row.key, f"{row.key} {row.at}"}
        return known

    def _others(
        self, connection: Connection, outcomes: Sequence[Outcome]
    ) -> dict[str, dict[str, list[int]]]:
        """Return, by link and cell, the numbers of the records that the cell can mean."""
        named: dict[str, set[str]] = defaultdict(set)
        for outcome in outcomes:
            for name, cells in outcome.candidate.attachments.links.items():
                named[name].update(cells)
        return {
            name: self._find(connection, self._kind.links[name], sorted(cells))
            for name, cells in named.items()
        }

    def _find(
        self, connection: Connection, link: type[Link], cells: Sequence[str]
    ) -> dict[str, list[int]]:
        entity = _other_end(link)
        if entity is not Person:
            [kind] = [each for each in KINDS.values() if each.entity is entity]
            return find_named(connection, kind, cells)
        self._references.look_up_people(connection, [(cell,) for cell in cells])
        return {cell: [each.id for each in self._references.people[(cell,)]] for cell in cells}

    def _link(
        self, outcome: Outcome, name: str, cell: str, found: list[int], joined: set[str]
    ) -> None:
        link = self._kind.links[name]
        if len(found) == 1:
            is_there = bool(joined) if link.single else str(found[0]) in joined
            is_itself = _other_end(link) is self._kind.entity and found[0] == outcome.number
            if not (is_there or is_itself):
                outcome.additions.links.append((link, found[0], cell))
            return
        is_later = _other_end(link) is self._kind.entity and not found
        outcome.is_early |= is_later
        what = name.replace("_", " ")
        outcome.candidate.remarks.append(
            f"{what} “{cell}” fits {len(found)} here: left out"
            if found
            else left_out(what, cell, is_later)
        )

    def write(self, connection: Connection, outcomes: Sequence[Outcome]) -> None:
        """Add the planned notes, tags and links, after the records themselves."""
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for outcome in outcomes:
            for table, row in self._rows(connection, outcome) if outcome.additions else ():
                rows[table].append(row)
        for table, its_rows in rows.items():
            statement = _INSERT.format(table=table, names=", ".join(its_rows[0]))
            connection.execute(text(statement), {"rows": orjson.dumps(its_rows).decode()})

    def _rows(
        self, connection: Connection, outcome: Outcome
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        number = outcome.number or outcome.values["id"]
        on = {"on_kind": self._kind.entity.prefix, "on_id": number}
        for key, value in outcome.additions.tags.items():
            yield "tags", on | {"key": key, "value": value}
        for note in outcome.additions.notes:
            yield (
                "notes",
                on
                | {
                    "author_id": self._author(connection, note.author),
                    "text": note.text,
                    "internal": note.internal,
                    "created_at": note.at or datetime.now(UTC),
                },
            )
        for link, other, _ in outcome.additions.links:
            subject_column, other_column = link.ends()
            yield link.__tablename__, {subject_column: number, other_column: other}

    def _author(self, connection: Connection, author: Mention) -> int:
        """Return the number of a note's author; add a person who is not known yet."""
        if author and author[0] in self._references.numbers:
            return self._references.numbers[author[0]].id
        found = self._references.people[author] if author else []
        if len(found) == 1:
            return found[0].id
        unknown = not author or found or is_number(author)
        added = AUTHOR if unknown else author
        known = self._references.people.get(added)
        return known[0].id if known else self._references.add(connection, added).id


def _other_end(link: type[Link]) -> type[Any]:
    return list(sql.targets_of(link).values())[1]


def _key(note: NoteText) -> str:
    """Return the key that identifies a note: its text, and its minute if the file has it."""
    key = md5(note.text.encode(), usedforsecurity=False).hexdigest()
    return f"{key} {note.at.astimezone(UTC):%Y-%m-%d %H:%M}" if note.at else key
