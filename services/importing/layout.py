"""Map the headers of a file to columns, and detect the kind of its records."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from services.errors import DeskError
from services.importing.kinds import ID, KINDS, Kind, Target
from services.importing.mapping import Mapping
from services.importing.meanings import columns_of
from services.importing.servicenow import is_beside_value
from services.importing.tables import Row


@dataclass(frozen=True)
class Layout:
    """The columns of a file: for each target the positions of its headers, the best first."""

    kind: Kind
    headers: list[str]
    places: dict[str, list[int]]
    mapping: Mapping

    @cached_property
    def is_own(self) -> bool:
        """Return whether a desk has exported the file, so that its words need no translation."""
        known = {ID, *self.kind.targets, *self.kind.attached}
        return {ID, "external_id", "created_at"} & known <= set(self.headers) <= known

    @cached_property
    def id_places(self) -> list[int]:
        """The positions of the column with ids of the exporting desk."""
        return [place for place, header in enumerate(self.headers) if header == ID]

    def content_of(self, row: Row) -> bytes:
        """Return a digest of a row's cells except its notes; empty if the file has no notes."""
        if "notes" not in self.places:
            return b""
        others = (places for name, places in self.places.items() if name != "notes")
        cells = [str(row.cells[place]) for places in others for place in places]
        return hashlib.sha256("\0".join(cells).encode()).digest()

    @property
    def used(self) -> set[int]:
        """The positions of the headers that fill a column."""
        return {place for places in self.places.values() for place in places}

    @property
    def unused(self) -> list[str]:
        """The headers that fill no column, without blank ones."""
        used = self.used | (set(self.id_places) if self.is_own else set())
        return [
            name
            for place, name in enumerate(self.headers)
            if name and place not in used and not is_beside_value(name, self.headers)
        ]


def layout_of(headers: list[str], kind: str | None, mapping: Mapping) -> Layout:
    """Return which headers fill which columns; raise `DeskError` if the kind can't be detected."""
    _check(headers, mapping)
    if name := kind or mapping.kind:
        if name not in KINDS:
            raise DeskError(f"There are no “{name}” to import: choose among {', '.join(KINDS)}.")
        layout = _layout(KINDS[name], headers, mapping)
    else:
        layout = _likeliest(headers, mapping)
    _check_targets(layout)
    return layout


def is_known(headers: list[str], kind: str | None, mapping: Mapping) -> bool:
    """Return whether a file with these headers can be imported."""
    try:
        layout_of(headers, kind, mapping)
    except DeskError:
        return False
    return True


def _layout(kind: Kind, headers: list[str], mapping: Mapping) -> Layout:
    found: dict[str, list[tuple[int, int]]] = {}
    for place, header in enumerate(headers):
        if header in mapping.columns:
            if name := mapping.target_of(header):
                found.setdefault(name, []).append((-1, place))
        elif names := columns_of(kind, header):
            name = min(names, key=names.__getitem__)
            target = kind.targets.get(name)
            if not (target and target.is_date and is_beside_value(header, headers)):
                found.setdefault(name, []).append((names[name], place))
    return Layout(
        kind,
        headers,
        {name: [place for _, place in sorted(ranked)] for name, ranked in found.items()},
        mapping,
    )


def _likeliest(headers: list[str], mapping: Mapping) -> Layout:
    """Return the layout of the kind that fits best (`_fit`)."""
    layouts = [_layout(kind, headers, mapping) for kind in KINDS.values()]
    ranked = sorted(layouts, key=_fit, reverse=True)
    best, second = ranked[:2]
    if _fit(best) == _fit(second) and _is_about_people(second, best):
        return second
    if _fit(best)[1] == 0 or (_fit(best) == _fit(second) and not _is_about_people(best, second)):
        raise DeskError(
            f"I can't tell from the headers what the file is about ({_quoted(headers)}):"
            f" add --kind {' or --kind '.join(KINDS)}."
        )
    # Tickets without a number are no machines: they have columns that no machine has.
    rivals = [each for each in ranked if _fit(each)[1] > _fit(best)[1] + 1]
    return rivals[0] if rivals else best


def _is_about_people(layout: Layout, rival: Layout) -> bool:
    """Return whether the layout has names and addresses, and its rival no further column.

    Then the addresses belong to the names, and not to holders of machines.
    """
    return {"name", "email"} <= layout.places.keys() and rival.used <= layout.used


def _fit(layout: Layout) -> tuple[bool, int, int]:
    """Rate a layout, so that the best of several kinds can be chosen.

    The rating is: whether the needed columns are there, how many columns no other kind has, and
    how many columns there are.
    """
    has_needed = bool(layout.places.keys() & set(layout.kind.needs))
    others = {name for kind in KINDS.values() if kind != layout.kind for name in _names(kind)}
    parts = set(layout.kind.parts[1:])  # first and last name count as one column
    return has_needed, len(layout.places.keys() - others - parts), len(layout.places)


def _names(kind: Kind) -> set[str]:
    return {*kind.targets, *kind.parts, *kind.attached}


def _check(headers: list[str], mapping: Mapping) -> None:
    if unknown := [name for name in mapping.columns if name not in headers]:
        raise DeskError(f"The mapping names “{unknown[0]}”, but the file has no such header.")


def _check_targets(layout: Layout) -> None:
    kind, mapping = layout.kind, layout.mapping
    said = {
        *map(mapping.target_of, mapping.columns),
        *mapping.values,
        *mapping.defaults,
        *mapping.overwrite,
    }
    for name in sorted(said - {"", ID, *kind.parts, *kind.attached}):
        kind.target(name)
    for name, meanings in mapping.values.items():
        _check_values(kind.target(name), meanings.values())
    if not layout.places.keys() & set(kind.needs):
        labels = " or ".join(f"“{kind.target(name).label}” ({name})" for name in kind.needs)
        raise DeskError(
            f"The file has no column that identifies its {kind.name} ({_quoted(layout.headers)}):"
            f" say in a mapping file which header is {labels}."
        )
    for target in kind.targets.values():
        is_said = target.name in layout.places or target.name in mapping.defaults
        if target.reference and not target.column.nullable and not is_said:
            raise DeskError(
                f"The file has no column for “{target.label}”: say in a mapping file which header"
                f' it is, or for all rows: [defaults] {target.name} = "name@company.example".'
            )


def _quoted(headers: list[str]) -> str:
    """Return the headers as they were read, so that a wrong row or separator is seen."""
    shown = ", ".join(f"“{header[:40]}”" for header in headers[:12] if header)
    return f"{shown}, …" if len(headers) > 12 else shown


def _check_values(target: Target, values: Iterable[str]) -> None:
    known = [each.value for each in target.facts.choices]
    if target.column.type.python_type is bool:
        known = ["true", "false"]
    if wrong := [value for value in values if known and value not in known]:
        raise DeskError(
            f"In the mapping, [values.{target.name}]: “{wrong[0]}” is none of {', '.join(known)}."
        )
