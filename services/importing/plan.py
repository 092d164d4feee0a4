"""Plan what an import does with each row, without writing anything."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from services.entities.base import Entity
from services.entities.column import is_default
from services.entities.machine import Machine
from services.entities.person import Person
from services.importing.attach import Attacher
from services.importing.candidates import Candidate
from services.importing.completing import complete_times
from services.importing.identity import Seen, keys_of, match
from services.importing.kinds import Kind, Target
from services.importing.layout import Layout
from services.importing.mentions import Mention, is_nameless, is_number, name_and_address
from services.importing.outcome import Change, Outcome, left_out
from services.importing.references import Named, References

_LAST_SET = text("SELECT * FROM app.last_set(:table, :records)")


class Planner:
    """Plans the rows of one file, batch by batch."""

    def __init__(self, layout: Layout, unit: str, defaults: dict[str, Any], is_dry: bool) -> None:
        self._layout, self._kind, self._defaults = layout, layout.kind, defaults
        self._seen = Seen(unit)
        self._unknown: dict[Mention, None] = {}
        self.references = References(is_dry)
        self.attacher = Attacher(self._kind, self.references)

    def meet(self, connection: Connection, candidates: Sequence[Candidate]) -> None:
        """Add unknown people whom the rows need and who have an address; remember those without.

        The whole file is read for this first, so that it does not matter who is named where.
        """
        taken = [each for each in candidates if not each.refused]
        self._look_up(connection, taken)
        needed = dict.fromkeys(mention for each in taken for mention in self._needed(each))
        self.references.look_up_people(connection, needed)
        for mention in sorted(needed, key=is_nameless):
            if self.references.people[mention] or is_number(mention):
                continue
            if name_and_address(mention)[1]:
                self.references.add(connection, mention)
            else:
                self._unknown[mention] = None

    def meet_unknown(self, connection: Connection) -> None:
        """Add the remembered people to whom no row gave an address, with invented addresses."""
        self.references.people.clear()
        self.references.look_up_people(connection, self._unknown)
        for mention in self._unknown:
            if not self.references.people[mention]:
                self.references.add(connection, mention)
        self._unknown.clear()
        self.references.people.clear()

    def _needed(self, candidate: Candidate) -> Iterator[Mention]:
        """Yield the people without whom the row can't be written: requester, authors of notes."""
        for target in self._kind.targets.values():
            if target.reference is Person and not target.column.nullable:
                default = self._layout.mapping.defaults.get(target.name)
                mention = candidate.references.get(target.name) or ((default,) if default else ())
                yield from (mention,) if mention else ()
        yield from (note.author for note in candidate.attachments.notes if note.author)

    def plan(self, connection: Connection, candidates: Sequence[Candidate]) -> list[Outcome]:
        """Return the outcome of each row, in their order."""
        self.references.forget_unknown()
        outcomes = {id(each): Outcome(each) for each in candidates}
        matched = list(match(connection, self._kind, candidates))
        self._look_up(connection, [candidate for candidate, _ in matched])
        for candidate, record in matched:
            self._decide(outcomes[id(candidate)], record)
        planned = list(outcomes.values())
        self._keep(connection, planned)
        self.attacher.plan(connection, planned)
        return planned

    def refuse_repeated(self, candidates: Sequence[Candidate]) -> None:
        """Refuse rows without a key, and those about the same record as an earlier row.

        Rows that differ from it only in notes are marked, and add those.
        """
        for candidate in candidates:
            if not candidate.refused:
                candidate.refused = self._repeated(candidate)

    def _repeated(self, candidate: Candidate) -> str:
        keys = keys_of(self._kind, candidate)
        candidate.only_notes = bool(candidate.content) and self._seen.only_notes(candidate)
        if candidate.only_notes:
            return ""
        if keys or candidate.desk_id:
            return self._seen.earlier(candidate, keys)
        needs = " or ".join(self._kind.target(name).label.lower() for name in self._kind.needs)
        return f"it has no {needs} by which to know it again"

    def _look_up(self, connection: Connection, candidates: Sequence[Candidate]) -> None:
        named: dict[type[Entity], set[Mention]] = {}
        for target in self._kind.targets.values():
            if target.reference:
                found = {each.references.get(target.name, ()) for each in candidates}
                if default := self._layout.mapping.defaults.get(target.name):
                    found.add((default,))
                named.setdefault(target.reference, set()).update(found - {()})
        for kind, mentions in named.items():
            if kind is Person:
                self.references.look_up_people(connection, mentions)
            else:
                self.references.look_up_teams(connection, mentions)

    def _decide(self, outcome: Outcome, record: Entity | None) -> None:
        candidate = outcome.candidate
        if record:
            candidate.refused = (
                "" if candidate.only_notes else self._seen.earlier_of(candidate, record)
            )
        else:
            self._add_defaults(candidate)
        for target in self._kind.targets.values():
            if target.reference and (mention := candidate.references.get(target.name)):
                self._refer(outcome, target, mention)
        if candidate.refused:
            return
        outcome.record = record
        if record:
            outcome.changes = self._changes(record, outcome)
        else:
            self._make(outcome)

    def _add_defaults(self, candidate: Candidate) -> None:
        """Set the mapping file's defaults for a new record."""
        for name, value in self._layout.mapping.defaults.items():
            if self._kind.target(name).reference:
                candidate.references.setdefault(name, (value,))
        candidate.values = self._defaults | candidate.values

    def _refer(self, outcome: Outcome, target: Target, mention: Mention) -> None:
        """Set a reference to the person or team that the cells mention.

        An unknown one is left out, or refuses the row where a record needs one.
        """
        candidate, is_person = outcome.candidate, target.reference is Person
        found = (self.references.people if is_person else self.references.teams)[mention]
        cell = mention[0]
        is_later = self._kind.entity is Person and all(each.is_stand_in for each in found)
        outcome.is_early |= is_later
        if len(found) == 1:
            candidate.values[target.attribute] = found[0]
            self.references.note_numbers(mention, found[0])
            if new := self.references.newcomers.pop(found[0].email, None):
                outcome.newcomers.append(new)
        elif found:
            candidate.refused = (
                f"“{cell}” fits {len(found)} {'people' if is_person else 'teams'} here: say which"
                " one, people by their email address"
            )
        elif not target.column.nullable:
            candidate.refused = (
                f"the {target.label.lower()} is only a number, {cell}, that nobody has here:"
                " import the people of that system first, or export it with names"
            )
        else:
            candidate.remarks.append(left_out(target.label, cell, is_later))

    def _make(self, outcome: Outcome) -> None:
        """Complete the values of a new record; refuse its row if needed values are missing."""
        candidate, kind = outcome.candidate, self._kind
        values, notes = candidate.values, candidate.attachments.notes
        if "name" not in values:
            values["name"] = next((values[n] for n in kind.named_after if values.get(n)), "")
        if candidate.is_id_taken:
            values.setdefault("external_id", candidate.desk_id)
        elif candidate.desk_id:
            values["id"] = candidate.desk_number
        if kind.entity is Machine and values.get("person_id"):
            values.setdefault("status", "Assigned")
        if remark := complete_times(values, [each.at for each in notes if each.at]):
            candidate.remarks.append(remark)
        for target in kind.targets.values():
            column = target.column
            if not (column.nullable or column.server_default or values.get(target.attribute)):
                candidate.refused = _missing(target)
                return
        outcome.values = dict(values)

    def _changes(self, record: Entity, outcome: Outcome) -> list[Change]:
        values = outcome.candidate.values
        found = []
        for target in self._kind.targets.values():
            if target.name in self._kind.once:
                continue
            old = vars(record)[target.attribute]
            if target.name == "external_id" and old:
                continue  # each of several systems has its own; the first one stays
            if target.attribute in values:
                new = values[target.attribute]
                if not _is_same(old, new):
                    found.append(Change(target, old, new, kept=_is_of_slack(record, target)))
            elif target.attribute in outcome.candidate.blank and _may_be_empty(target) and old:
                found.append(Change(target, old, None if target.column.nullable else ""))
        return found + _follow(record, found, self._kind)

    def _keep(self, connection: Connection, outcomes: Sequence[Outcome]) -> None:
        """Mark changes as kept where people have set the old value; drop those of empty cells."""
        changed = {each.number: each for each in outcomes if each.record and each.changes}
        values = {"table": self._kind.entity.__tablename__, "records": sorted(changed)}
        rows = connection.execute(_LAST_SET, values).mappings() if changed else ()
        last = {(row["record_id"], row["column_name"]): row for row in rows}
        for number, outcome in changed.items():
            outcome.changes = [
                kept
                for change in outcome.changes
                if (kept := self._kept(change, last.get((number, change.target.column.name))))
            ]

    def _kept(self, change: Change, last: RowMapping | None) -> Change | None:
        """Return the change, marked as kept or not; None if it comes from a cell that is ignored.

        `last` is the event that set the column; None if the record was added with that value.
        """
        if change.kept:
            return change
        if change.new in (None, "") and not (last and last["surface"] == "import"):
            return None
        if last is None or last["surface"] == "import":
            return change
        is_chosen = last["verb"] == "UPDATE" or not is_default(change.target.column, change.old)
        kept = is_chosen and change.target.name not in self._layout.mapping.overwrite
        return replace(change, kept=kept)


def _is_same(old: Any, new: Any) -> bool:
    if isinstance(new, Named):
        return bool(old == new.id)
    if isinstance(old, str) and isinstance(new, str):
        return " ".join(old.split()) == " ".join(new.split())
    return bool(old == new)


def _is_of_slack(record: Entity, target: Target) -> bool:
    """Return whether the value comes from Slack, which would set it again the next night."""
    return bool(vars(record).get("slack_id")) and target.name in ("name", "email")


def _may_be_empty(target: Target) -> bool:
    if target.facts.derived or target.facts.choices:
        return False
    is_text = target.column.type.python_type is str
    return bool(target.column.nullable or (is_text and target.column.server_default is not None))


def _follow(record: Entity, changes: list[Change], kind: Kind) -> list[Change]:
    """Return the change of status that follows when a machine gets a holder or loses it."""
    attributes = {each.target.attribute: each.new for each in changes}
    if kind.entity is not Machine or "person_id" not in attributes or "status" in attributes:
        return []
    old, new = vars(record)["status"], "Assigned" if attributes["person_id"] else "Available"
    moves = old == "Available" if attributes["person_id"] else old in ("Assigned", "In Use")
    return [Change(kind.target("status"), old, new)] if moves else []


def _missing(target: Target) -> str:
    if target.attribute == "type":
        return (
            "I can't tell whether it is a laptop, a desktop or a server: add a column “Type”, or"
            ' say in a mapping file: [defaults] type = "Laptop"'
        )
    return f"it has no {target.label.lower()}"
