"""Which cells of a row are about the same person, such as name and address."""

from collections.abc import Sequence

from services.importing.mentions import is_address_of, person_in
from services.importing.plain import plain_header
from services.importing.tables import Cell
from services.importing.words import HEADERS, RECORDERS

_WHOLE = set(HEADERS["machines"]["name"])
"""Names of columns that in some languages have a first or last name, in others a whole one."""
_PARTS = {
    each: part
    for part in ("first_name", "last_name")
    for each in HEADERS["people"][part]
    if each not in _WHOLE
}


def person_with_part(header: str) -> str | None:
    """Return whose first or last name a header means, such as “customer”; None for other headers.

    The header is plain. It is empty if the header does not say whose.
    """
    split = _split(header)
    return split[0] if split else None


def cells_of_one(filled: Sequence[tuple[str, Cell]]) -> list[str]:
    """Return all cells about one person, such as their name and address.

    It is the person of the first cell, or of the first that does not only tell who wrote a ticket
    down. The headers tell which cells are about them, or an address under the same name.
    """
    filled = _with_whole_names(filled)
    people = [person_in(header) for header, _ in filled]
    about = {next((each for each in people if each not in RECORDERS), people[0])}
    if people.count("") == 1 and people[0] == "":  # such as “Email” beside “Caller”
        about |= set([each for each in people[1:] if each not in RECORDERS][:1])
    cells = [(who in about, str(cell)) for who, (_, cell) in zip(people, filled, strict=True)]
    mention = tuple(cell for is_theirs, cell in cells if is_theirs)
    return [cell for is_theirs, cell in cells if is_theirs or is_address_of(cell, mention)]


def _with_whole_names(filled: Sequence[tuple[str, Cell]]) -> list[tuple[str, Cell]]:
    """Return the headers and cells with first and last name of a person in one cell.

    It stands in place of the first of the two.
    """
    found: dict[str, dict[str, str]] = {}
    joined: list[tuple[str, Cell]] = []
    for header, cell in filled:
        split = _split(plain_header(header))
        if split is None:
            joined.append((header, cell))
            continue
        person, part = split
        if person not in found:
            joined.append((f"{person} name", None))
        found.setdefault(person, {}).setdefault(part, str(cell).strip())
    names = {
        f"{person} name": " ".join(
            parts[part] for part in ("first_name", "last_name") if part in parts
        )
        for person, parts in found.items()
    }
    return [(header, names.get(header, cell) if cell is None else cell) for header, cell in joined]


def _split(header: str) -> tuple[str, str] | None:
    words = header.split()
    for start in range(len(words)):
        if part := _PARTS.get(" ".join(words[start:])):
            return " ".join(words[:start]), part
    return None
