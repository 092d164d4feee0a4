"""Parse rows into candidates: the values of a record that may exist already or be new."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from services.entities.person import Person
from services.importing.attachments import (
    Attachments,
    dates_of,
    read_names,
    read_notes,
    read_tags,
)
from services.importing.completing import complete_closing, type_of, whole_name
from services.importing.dates import Order, OrderEvidence
from services.importing.kinds import ID, Target
from services.importing.layout import Layout
from services.importing.mentions import Mention, email_of, first_name_first, others_in
from services.importing.one_person import cells_of_one
from services.importing.plain import plain_header
from services.importing.rich_text import joined, plain_text
from services.importing.servicenow import is_of_servicenow, referred
from services.importing.tables import Cell, Row, Table, is_blank
from services.importing.values import (
    Refused,
    choice_of,
    identifier_of,
    is_suspended,
    is_yes,
    moment_of,
    number_of,
    readable,
    text_of,
)
from services.importing.words import NOBODY, OPEN_TYPES, SERVICENOW
from services.sanitize import plain

IDENTIFIERS = ("external_id", "serial_number", "uuid")


@dataclass
class Candidate:
    """A parsed row: values by attribute, and the names of people and teams that it refers to.

    `blank`: the columns whose cells are empty. `refused`: why the import refuses the row, or empty.
    `desk_id`: the id that an exported record had at the exporting desk. `is_id_taken`: another
    record has that id here. `content`: a digest of all that the row says but its notes, if there
    is a column of notes. `only_notes`: an earlier row says the same, with other notes.
    """

    row: Row
    desk_id: str = ""
    is_id_taken: bool = False
    content: bytes = b""
    only_notes: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    references: dict[str, Mention] = field(default_factory=dict)
    attachments: Attachments = field(default_factory=Attachments)
    blank: set[str] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)
    refused: str = ""
    unknown_word: tuple[str, str] | None = None
    """The column and the word that a mapping file should translate, if that would help."""

    @property
    def line(self) -> int:
        return self.row.line

    @property
    def desk_number(self) -> int:
        return int(self.desk_id.split("-")[1]) if self.desk_id else 0


class Converter:
    """Converts the rows of one file into candidates."""

    def __init__(self, table: Table, layout: Layout) -> None:
        self._table, self._layout, self._kind = table, layout, layout.kind
        self._zone = ZoneInfo(layout.mapping.timezone)
        self.rows = 0
        self._orders = self._find_orders()

    def _find_orders(self) -> dict[str, Order | None]:
        """Read the whole file: count its rows, and find the order of day and month by column."""
        said = self._layout.mapping.order_of
        orders = {header: said(header) for header in self._layout.headers}
        needed = {
            place
            for name, places in self._layout.places.items()
            if name == "notes" or ((target := self._kind.targets.get(name)) and target.is_date)
            for place in places
            if orders[self._layout.headers[place]] is None
        }
        evidence = [OrderEvidence() for _ in self._layout.headers]
        of_notes = set(self._layout.places.get("notes", []))
        for row in self._table.rows():
            self.rows += 1
            for place, cell in enumerate(row.cells):
                if isinstance(cell, str) and not row.fault:
                    for each in dates_of(cell) if place in of_notes else [cell]:
                        evidence[place].add(row.line, each)
        for place in needed:
            header = self._layout.headers[place]
            orders[header] = evidence[place].order(header, evidence)
        return orders

    def defaults(self) -> dict[str, Any]:
        """Return the mapping file's defaults for new records by attribute, without references."""
        given = Candidate(Row(0, []))
        for name, text in self._layout.mapping.defaults.items():
            target = self._kind.target(name)
            if not target.reference:
                given.values[target.attribute] = self._value(given, target, text, name)
        return given.values

    def candidates(self) -> Iterator[Candidate]:
        return map(self._candidate, self._table.rows())

    def _candidate(self, row: Row) -> Candidate:
        candidate = Candidate(row, refused=row.fault)
        if row.fault:
            return candidate
        try:
            candidate.desk_id = self._desk_id(row)
            for name, places in self._layout.places.items():
                if target := self._kind.targets.get(name):
                    self._fill(candidate, target, places)
            self._complete(candidate)
            self._attach(candidate)
            candidate.content = self._layout.content_of(row)
        except Refused as refused:
            candidate.refused, candidate.unknown_word = str(refused), refused.word
        return candidate

    def _desk_id(self, row: Row) -> str:
        """Return the id of the row's record at the desk that exported it; empty without one."""
        cells = [row.cells[place] for place in self._layout.id_places]
        ids = rf"{self._kind.entity.prefix}-\d{{1,18}}"
        return next((each for each in map(str, cells) if re.fullmatch(ids, each)), "")

    def _fill(self, candidate: Candidate, target: Target, places: list[int]) -> None:
        filled = [pair for place in places if (pair := self._filled(candidate.row, place))]
        if target.reference:
            filled = [(header, cell) for header, cell in filled if plain(str(cell)) not in NOBODY]
        value = None if target.reference else self._read_cells(candidate, target, filled)
        if target.reference and filled:
            self._refer(candidate, target, filled)
        elif value is None:
            candidate.blank.add(target.attribute)
            if target.name == "closed_at" and any(is_yes(cell) for _, cell in filled):
                candidate.values.setdefault("status", "Closed")
        else:
            candidate.values[target.attribute] = value

    def _read_cells(
        self, candidate: Candidate, target: Target, filled: list[tuple[str, Cell]]
    ) -> Any:
        """Return the value of the cells, or None: of long texts all, otherwise the first."""
        if not target.facts.body:
            return self._first_value(candidate, target, filled)
        texts = (self._value(candidate, target, cell, header) for header, cell in filled)
        return self._shortened(candidate, target, joined(texts)) or None

    def _first_value(
        self, candidate: Candidate, target: Target, filled: list[tuple[str, Cell]]
    ) -> Any:
        """Return the first value of the cells, or None.

        Raises `Refused` for a wrong cell; for an unknown word only if no other cell has a value.
        """
        unknown = None
        for header, cell in filled:
            if header == ID and cell == candidate.desk_id:
                continue
            try:
                value = self._value(candidate, target, cell, header)
            except Refused as refused:
                if not refused.word:
                    raise
                unknown = unknown or refused
            else:
                if value not in (None, ""):
                    return value
        if unknown:
            raise unknown
        return None

    def _attach(self, candidate: Candidate) -> None:
        """Read notes, tags and links, each from the filled column whose header fits best.

        Of a single link, such as a parent, all columns count: some have its id, others its key.
        """
        for name in self._layout.places.keys() & set(self._kind.attached):
            places = self._layout.places[name]
            filled = [pair for place in places if (pair := self._filled(candidate.row, place))]
            if name == "notes":  # a number says how many there are
                filled = [(header, cell) for header, cell in filled if isinstance(cell, str)]
            link = self._kind.links.get(name)
            for header, cell in filled:
                if header == filled[0][0] or (link and link.single):
                    self._read(candidate.attachments, name, header, str(cell))

    def _read(self, attachments: Attachments, name: str, header: str, cell: str) -> None:
        if name == "tags":
            attachments.tags |= read_tags(cell)
        elif name == "notes":
            moment = partial(
                moment_of, header=header, order=self._orders.get(header), zone=self._zone
            )
            attachments.notes += read_notes(cell, moment)
        else:
            attachments.links.setdefault(name, []).extend(read_names(cell))

    def _filled(self, row: Row, place: int) -> tuple[str, Cell] | None:
        """Return header and content of a cell, or None if the cell is blank."""
        cell = referred(readable(row.cells[place]))
        says_nothing = cell in (None, "") or (is_blank(cell) and not self._layout.is_own)
        return None if says_nothing else (self._layout.headers[place], cell)

    def _refer(self, candidate: Candidate, target: Target, filled: list[tuple[str, Cell]]) -> None:
        """Set the person or team that the cells name; others of the cell become watchers."""
        meant = self._layout.mapping.meant
        mention = tuple(meant(target.name, str(cell)) for cell in cells_of_one(filled))
        candidate.references[target.name] = mention
        if target.reference is not Person or not (others := others_in(mention[0])):
            return
        if "watcher" in self._kind.links:
            candidate.attachments.links.setdefault("watcher", []).extend(others)
        else:
            candidate.remarks.append(f"{target.label} names several: only the first is taken")

    def _value(self, candidate: Candidate, target: Target, cell: Cell, header: str) -> Any:
        kind = target.column.type.python_type
        if kind in (date, datetime):
            moment = moment_of(cell, header, self._orders.get(header), self._zone)
            return moment.date() if moment and kind is date else moment
        if target.facts.choices or kind is bool:
            return self._choice(target, cell, header)
        if kind is int:
            return number_of(cell, target, self._with_unit(header))
        if target.name in IDENTIFIERS:
            return str(cell) if self._layout.is_own else identifier_of(cell, target)
        if target.name == "email":
            return email_of(str(cell))
        words = self._layout.mapping.meant(target.name, str(cell))
        words = words if self._layout.is_own else plain_text(words)
        return self._shortened(candidate, target, words)

    def _shortened(self, candidate: Candidate, target: Target, words: str) -> str:
        """Return the text as the column can hold it, and remark what was cut."""
        value, remark = text_of(words, target)
        candidate.remarks += [remark] if remark else []
        return value

    def _choice(self, target: Target, cell: Cell, header: str) -> Any:
        meanings = self._layout.mapping.meanings(target.name)
        if target.name == "type" and plain(str(cell)) in OPEN_TYPES - meanings.keys():
            return None
        if numbers := SERVICENOW.get(self._kind.name, {}).get(target.name):
            meanings = (numbers if self._is_of_servicenow(header) else {}) | meanings
        return choice_of(cell, target, self._kind, meanings)

    def _is_of_servicenow(self, header: str) -> bool:
        is_known = plain_header(header) in ("incident state", "install status")
        return is_known or is_of_servicenow(self._layout.headers)

    def _with_unit(self, header: str) -> str:
        """Return the header, with the unit that the mapping file gives or that ServiceNow uses."""
        words = self._layout.mapping.with_unit(header)
        return f"{words} MB" if words == "ram" and self._is_of_servicenow(header) else words

    def _complete(self, candidate: Candidate) -> None:
        """Set the values that are made from several columns, such as a name from its parts."""
        values, cells = candidate.values, candidate.row.cells
        parts = {
            name: " ".join(str(readable(cells[places[0]]) or "").split())
            for name, places in self._layout.places.items()
            if name in self._kind.parts
        }
        name = str(values.get("name", ""))
        name = whole_name(name, parts.get("first_name", ""), parts.get("last_name", ""))
        if "first_name" in self._kind.parts and not self._layout.is_own:
            name = first_name_first(name)
        if (is_off := is_suspended(parts.get("suspended", ""))) is not None:
            values["active"] = not is_off and values.get("active", True)
        if name:
            values["name"] = name
            candidate.blank.discard("name")
        if "type" not in values and (guess := type_of(str(values.get("model", "")))):
            values["type"] = guess
        if remark := complete_closing(values):
            candidate.remarks.append(remark)
