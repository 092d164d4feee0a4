"""Find the cells of a row that are about the same person, such as name and address."""

from collections.abc import Iterator, Sequence

from services.importing.mentions import is_address_of, person_in
from services.importing.plain import plain_header
from services.importing.tables import Cell
from services.importing.words import HEADERS, RECORDERS

_WHOLE = set(HEADERS["machines"]["name"])
"""Headers that stand for a part of a name in one language and for a whole name in another."""
_IN_ORDER = ("first_name", "last_name")
_PARTS = {
    each: part for part in _IN_ORDER for each in HEADERS["people"][part] if each not in _WHOLE
}


def owner_of_part(header: str) -> str | None:
    """Return “customer” for the plain header “customer last name”, and so for any part of a name.

    Returns an empty text for “last name”, and None for a header of something else.
    """
    split = _split(header)
    return split[0] if split else None


def cells_of_one(filled: Sequence[tuple[str, Cell]]) -> list[str]:
    """Return all cells about one person, such as their name and address.

    It is the person of the first cell, or of the first that does not only tell who wrote a ticket
    down. The headers tell which cells are about them, or an address under the same name.
    """
    filled = list(_with_whole_names(filled))
    people = [person_in(header) for header, _ in filled]
    about = {next((each for each in people if each not in RECORDERS), people[0])}
    if people.count("") == 1 and people[0] == "":  # such as “Email” beside “Caller”
        about |= set([each for each in people[1:] if each not in RECORDERS][:1])
    cells = [(who in about, str(cell)) for who, (_, cell) in zip(people, filled, strict=True)]
    mention = tuple(cell for is_theirs, cell in cells if is_theirs)
    return [cell for is_theirs, cell in cells if is_theirs or is_address_of(cell, mention)]


def _with_whole_names(filled: Sequence[tuple[str, Cell]]) -> Iterator[tuple[str, Cell]]:
    """Yield the headers and cells, with a person's first and last name joined in one cell.

    It comes where the first of the two was.
    """
    splits = [_split(plain_header(header)) for header, _ in filled]
    parts: dict[str, dict[str, str]] = {}
    for split, (_, cell) in zip(splits, filled, strict=True):
        if split:
            parts.setdefault(split[0], {})[split[1]] = str(cell).strip()
    for split, pair in zip(splits, filled, strict=True):
        if split is None:
            yield pair
        elif given := parts.pop(split[0], None):
            yield f"{split[0]} name", " ".join(given[part] for part in _IN_ORDER if part in given)


def _split(header: str) -> tuple[str, str] | None:
    """Return `customer` and `last_name` for “customer last name”; None for other headers."""
    words = header.split()
    for start in range(len(words)):
        if part := _PARTS.get(" ".join(words[start:])):
            return " ".join(words[:start]), part
    return None
