"""Names in cells become people and teams of the desk."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from services.importing.plain import plain
from services.importing.values import email_of
from services.sanitize import one_line

NOWHERE = "imported.invalid"
"""The domain of people of whom only the name is known. No mail and no account can have it."""

_PEOPLE = text(
    "SELECT id, name, email, external_id FROM people WHERE email = ANY (:keys)"
    " OR lower(name) = ANY (:keys) OR split_part(email, '@', 1) = ANY (:keys)"
    " OR (external_id <> '' AND lower(external_id) = ANY (:keys))"
)
_TEAMS = text("SELECT id, name FROM teams WHERE lower(name) = ANY (:keys) ORDER BY id")
_ADD = text(
    "INSERT INTO people (name, email, active) VALUES (:name, :email, :active)"
    " ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING id"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A person or team whom a cell means: an id, or a person who is not known yet."""

    id: int
    name: str
    email: str = ""

    @property
    def is_new(self) -> bool:
        return not self.id


@dataclass
class References:
    """Finds whom cells mean, and remembers it for the next rows."""

    people: dict[str, list[Named]] = field(default_factory=dict)
    teams: dict[str, list[Named]] = field(default_factory=dict)

    def look_up_people(self, connection: Connection, cells: Iterable[str]) -> None:
        """Find all these people in one query."""
        new = {cell: _keys(cell) for cell in cells if cell not in self.people}
        keys = sorted({key for each in new.values() for key in each})
        by_key: dict[str, list[Named]] = defaultdict(list)
        for row in connection.execute(_PEOPLE, {"keys": keys}) if keys else ():
            named = Named(row.id, row.name, row.email)
            user = row.email.partition("@")[0]
            for key in {row.email, row.name.lower(), user, row.external_id.lower()} - {""}:
                by_key[key].append(named)
        for cell, its_keys in new.items():
            self.people[cell] = next((hit for key in its_keys if (hit := by_key[key])), [])

    def look_up_teams(self, connection: Connection, cells: Iterable[str]) -> None:
        """Find all these teams in one query; of “IT > Network” the last part counts."""
        new = {cell: one_line(cell.split(">")[-1]).lower() for cell in cells}
        by_name: dict[str, list[Named]] = defaultdict(list)
        for row in connection.execute(_TEAMS, {"keys": sorted(new.values())}) if new else ():
            by_name[row.name.lower()].append(Named(row.id, row.name))
        for cell, name in new.items():
            self.teams[cell] = by_name[name]

    def forget_unknown(self) -> None:
        """Look again for people who were not there: the last rows may have brought them."""
        self.people = {cell: found for cell, found in self.people.items() if found}

    def person(self, cell: str) -> list[Named]:
        """Return who fits: one, several, or nobody. Those with a real address come first."""
        found = self.people[cell]
        real = [each for each in found if not each.email.endswith(f"@{NOWHERE}")]
        return real or found[:1]

    def add(self, connection: Connection, cell: str) -> Named:
        """Add the person whom the cell names."""
        new = newcomer(cell)
        values = {"name": new.name, "email": new.email, "active": not _is_nowhere(new.email)}
        number = connection.execute(_ADD, values).scalar_one()
        self.people[cell] = [Named(number, new.name, new.email)]
        return self.people[cell][0]


def newcomer(cell: str) -> Named:
    """Return the person whom a cell would add: by their address, or by name alone."""
    if email := email_of(cell):
        return Named(0, email, email)
    name, user = _parts(cell)
    slug = plain(user or name).encode("ascii", "ignore").decode().strip().replace(" ", ".")
    slug = slug or hashlib.sha256(name.encode()).hexdigest()[:12]
    return Named(0, name[:200], f"{slug[:60]}@{NOWHERE}")


def _is_nowhere(email: str) -> bool:
    return email.endswith(f"@{NOWHERE}")


def _parts(cell: str) -> tuple[str, str]:
    """Return name and user of texts such as “Patrick Brown (pab26)”; of several, the first one."""
    words = one_line(re.split(r"<br ?/?>|\n", cell.strip(), maxsplit=1)[0])
    found = re.fullmatch(r"(.+?) ?[(<]([^()<>]+)[)>]", words)
    return (found[1], found[2]) if found else (words, "")


def _keys(cell: str) -> list[str]:
    """Return by what the person may be known, the surest first."""
    words = one_line(cell)
    name, user = _parts(cell)
    last, comma, first = name.partition(",")
    swapped = f"{first.strip()} {last}" if comma else ""
    nowhere = newcomer(cell).email
    keys = [words, user, nowhere, name, swapped]
    return [key.lower() for key in dict.fromkeys(keys) if key]
