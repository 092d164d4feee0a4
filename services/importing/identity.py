"""Match rows to existing records by rules, the most reliable first."""

import hashlib
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text

from services.entities import sql
from services.entities.base import Entity
from services.importing.attachments import NoteText
from services.importing.candidates import Candidate
from services.importing.kinds import Kind
from services.importing.serials import is_junk


@dataclass(frozen=True)
class Rule:
    """A rule that matches a row to an existing record. `what` names its key in messages.

    A `last` rule applies only if neither the row nor the record has a key of the other rules.
    """

    attribute: str
    what: str
    key: Callable[[str], str] = str
    column: str = "{}"
    last: bool = False

    def of(self, candidate: Candidate) -> str:
        value = candidate.values.get(self.attribute, "")
        if self.attribute == "external_id" and not value:
            value = candidate.desk_id  # of another desk
        return self.key(str(value)) if value else ""


def _serial(value: str) -> str:
    return "" if is_junk(value) else value.lower()


_EXTERNAL_ID = Rule("external_id", "number")
RULES: dict[str, tuple[Rule, ...]] = {
    "machines": (
        _EXTERNAL_ID,
        Rule("serial_number", "serial number", _serial, "lower({})"),
        Rule("uuid", "UUID", _serial, "lower({})"),
        Rule("name", "name, and no number, serial number or UUID", last=True),
    ),
    "people": (_EXTERNAL_ID, Rule("email", "email address")),
    "teams": (Rule("name", "name", str.lower, "lower({})"),),
    "tickets": (_EXTERNAL_ID,),
}


class Seen:
    """The keys and records of a file's earlier rows, to refuse later rows about the same record.

    `unit`: what a row's number counts: “line”, “row” or “record”.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        # An empty name is a temporary file, since there may be millions of rows.
        self._lines = sqlite3.connect("")
        self._lines.execute(
            "CREATE TABLE lines (what TEXT, key, line INTEGER, PRIMARY KEY (what, key))"
            " WITHOUT ROWID"
        )

    def earlier(self, candidate: Candidate, keys: Sequence[tuple[Rule, str]]) -> str:
        """Remember a row's keys; return why it is refused if an earlier row has one of them."""
        for rule, key in keys:
            line = self._first(rule.attribute, key, candidate.line)
            if line != candidate.line:
                return f"{self._unit} {line} has the same {rule.what}"
        return ""

    def only_notes(self, candidate: Candidate) -> bool:
        """Remember a row; return whether it differs from an earlier one in its notes alone.

        If so, remove the notes from it that an earlier row has.
        """
        content, notes, line = candidate.content, candidate.attachments.notes, candidate.line
        is_known = self._first("content", content, line) != line
        new = [each for each in notes if self._first("note", _digest(content, each), line) == line]
        if is_known and notes:
            candidate.attachments.notes = new
        return is_known and bool(notes)

    def earlier_of(self, candidate: Candidate, record: Entity) -> str:
        """Remember a matched record; return why the row is refused if an earlier one had it."""
        line = self._first("record", record.id, candidate.line)
        return "" if line == candidate.line else f"{self._unit} {line} is about {record.key} too"

    def _first(self, what: str, key: str | int | bytes, line: int) -> int:
        """Return the first line with this key; if the key is new, that is `line`."""
        values = (what, key, line)
        self._lines.execute("INSERT INTO lines VALUES (?, ?, ?) ON CONFLICT DO NOTHING", values)
        found = self._lines.execute("SELECT line FROM lines WHERE what = ? AND key = ?", values[:2])
        return int(found.fetchone()[0])


def _digest(content: bytes, note: NoteText) -> bytes:
    return hashlib.sha256(content + repr(note).encode()).digest()


def keys_of(kind: Kind, candidate: Candidate) -> list[tuple[Rule, str]]:
    """Return the keys by which the row's record may be found, the most reliable first."""
    rules = RULES[kind.name]
    found = [(rule, key) for rule in rules if not rule.last and (key := rule.of(candidate))]
    return found or [(rule, key) for rule in rules if rule.last and (key := rule.of(candidate))]


def match(
    connection: Connection, kind: Kind, candidates: Sequence[Candidate]
) -> Iterator[tuple[Candidate, Entity | None]]:
    """Yield each row with its existing record, or with None if it is a new one.

    Rows with a reason in `refused` are not yielded; one that fits several records gets a reason.
    """
    keys = {id(each): keys_of(kind, each) for each in candidates}
    found = _find(connection, kind, [pair for pairs in keys.values() for pair in pairs])
    own = [number for each in candidates if (number := each.desk_number)]
    numbers = {number for ids in found.values() for number in ids} | set(own)
    query, values = sql.query_by_ids(kind.entity), {"numbers": sorted(numbers)}
    rows = connection.execute(query, values).mappings()
    records = {row["id"]: kind.entity.from_row(dict(row), frozenset()) for row in rows}
    for candidate in candidates:
        if candidate.refused:
            continue
        matches = _matches(candidate, keys[id(candidate)], found, records)
        if len(matches) > 1:
            both = " and ".join(record.ref.as_name() for record in matches)
            candidate.refused = f"it fits {both}: make clear which one it is, or merge them"
            continue
        record = matches[0] if matches else None
        candidate.refused = _contradiction(candidate, record) if record else ""
        if not candidate.refused:
            yield candidate, record


def find_named(connection: Connection, kind: Kind, names: Sequence[str]) -> dict[str, list[int]]:
    """Return, by name, the numbers of the records that have it as their id or as another key."""
    rules = [replace(rule, last=False) for rule in RULES[kind.name]]
    keys = {name: [(rule, key) for rule in rules if (key := rule.key(name))] for name in names}
    found = _find(connection, kind, [pair for pairs in keys.values() for pair in pairs])
    by_name = {
        name: next((hit for rule, key in pairs if (hit := found.get((rule.attribute, key)))), [])
        for name, pairs in keys.items()
    }
    ids = {int(each[1]): name for name in names if (each := _id_of(kind, name))}
    known = text(f"SELECT id FROM {kind.entity.__tablename__} WHERE id = ANY (:ids)")
    for number in connection.execute(known, {"ids": list(ids)}).scalars() if ids else ():
        by_name[ids[number]] = by_name[ids[number]] or [number]
    return by_name


def _id_of(kind: Kind, name: str) -> re.Match[str] | None:
    return re.fullmatch(rf"{kind.entity.prefix}-(\d{{1,18}})", name)


def _find(
    connection: Connection, kind: Kind, keys: Sequence[tuple[Rule, str]]
) -> dict[tuple[str, str], list[int]]:
    wanted: dict[Rule, set[str]] = defaultdict(set)
    for rule, key in keys:
        wanted[rule].add(key)
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for rule, values in wanted.items():
        for row in connection.execute(_statement(kind, rule), {"keys": sorted(values)}):
            if not (rule.last and _has_better(row)):
                found[rule.attribute, row.key].append(row.id)
    return found


def _statement(kind: Kind, rule: Rule) -> TextClause:
    more = ", external_id, serial_number, uuid" if rule.last else ""
    column = rule.column.format(rule.attribute)
    return text(
        f"SELECT id, {column} AS key{more} FROM {kind.entity.__tablename__}"
        f" WHERE {rule.attribute} <> '' AND {column} = ANY (:keys) ORDER BY id"
    )


def _has_better(row: Row[Any]) -> bool:
    return bool(row.external_id) or not (is_junk(row.serial_number) and is_junk(row.uuid))


def _matches(
    candidate: Candidate,
    keys: Sequence[tuple[Rule, str]],
    found: dict[tuple[str, str], list[int]],
    records: dict[int, Entity],
) -> list[Entity]:
    own = records.get(candidate.desk_number)
    if own and _is_same(own, candidate):
        return [own]
    candidate.is_id_taken = own is not None
    by = {rule.attribute: found.get((rule.attribute, key), []) for rule, key in keys}
    if both := [each for each in by.get("serial_number", []) if each in by.get("uuid", [])]:
        by["serial_number"] = by["uuid"] = both  # surer than either of them
    numbers = [number for its_numbers in by.values() for number in its_numbers]
    return [records[number] for number in dict.fromkeys(numbers)]


def _is_same(record: Entity, candidate: Candidate) -> bool:
    """Return whether an exported row is of this record, not of another desk's with the same id."""
    created, known = candidate.values.get("created_at"), vars(record)["created_at"]
    return created is None or abs((created - known).total_seconds()) < 60


def _contradiction(candidate: Candidate, record: Entity) -> str:
    """Return why a row is refused that has the number or UUID of the record, but another serial
    number; empty if it is not.
    """
    known = str(vars(record).get("serial_number", ""))
    said = str(candidate.values.get("serial_number", ""))
    if not said or is_junk(known) or said.casefold() == known.casefold() or candidate.desk_id:
        return ""
    return (
        f"{record.ref.as_name()} has its number or UUID, but the serial number {known}: correct one"
        " of them"
    )
