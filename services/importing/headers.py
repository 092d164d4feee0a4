"""Find the header of a table: by the names of columns that are known here."""

from collections.abc import Iterable, Sequence

from services.importing.kinds import KINDS
from services.importing.meanings import columns_of
from services.importing.tables import Cell


def known(cells: Iterable[Cell]) -> int:
    """Return how many cells are names of columns of any kind of record."""
    return sum(isinstance(cell, str) and _is_known(cell) for cell in cells)


def _is_known(header: str) -> bool:
    return any(columns_of(kind, header) for kind in KINDS.values())


def header_place(rows: Sequence[Sequence[Cell]]) -> int:
    """Return the place of the header: the first row at least half as full as the fullest.

    A later one is the header if it has more known names, which are most of its cells.
    """
    filled = [sum(cell is not None and cell != "" for cell in row) for row in rows]
    most = max(filled, default=0)
    full = [place for place, each in enumerate(filled) if each > 1 and each * 2 >= most]
    if not full:
        return 0
    names = {place: known(rows[place]) for place in full}
    best = max(full, key=names.__getitem__)
    return best if names[best] * 2 > filled[best] else full[0]
