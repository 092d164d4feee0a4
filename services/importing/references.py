"""Find the people and teams that cells mention."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from services.importing.mentions import (
    NOWHERE,
    Mention,
    is_number,
    keys_of,
    name_and_address,
)
from services.sanitize import one_line

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
    """A person or team that a cell mentions; `id` is 0 for a person who is not known yet."""

    id: int
    name: str
    email: str = ""

    @property
    def is_stand_in(self) -> bool:
        """Return whether only the person's name is known, so that the address is invented."""
        return self.email.endswith(f"@{NOWHERE}")


@dataclass
class References:
    """Finds people and teams by mentions, and remembers them for the next rows."""

    people: dict[Mention, list[Named]] = field(default_factory=dict)
    teams: dict[Mention, list[Named]] = field(default_factory=dict)
    numbers: dict[str, Named] = field(default_factory=dict)
    """People by their ids in the other system, from rows that have both id and name."""

    def look_up_people(self, connection: Connection, mentions: Iterable[Mention]) -> None:
        """Find and remember all these people with one query."""
        new = {each: keys_of(each) for each in mentions if each not in self.people}
        keys = sorted({key for each in new.values() for key in each})
        by_key: dict[str, list[Named]] = defaultdict(list)
        for row in connection.execute(_PEOPLE, {"keys": keys}) if keys else ():
            named = Named(row.id, row.name, row.email)
            user = row.email.partition("@")[0]
            for key in {row.email, row.name.lower(), user, row.external_id.lower()} - {""}:
                by_key[key].append(named)
        for mention, its_keys in new.items():
            self.people[mention] = next((hit for key in its_keys if (hit := by_key[key])), [])

    def look_up_teams(self, connection: Connection, mentions: Iterable[Mention]) -> None:
        """Find and remember all these teams with one query; “IT > Network” means “Network”."""
        new = {each: one_line(each[0].split(">")[-1]).lower() for each in mentions}
        by_name: dict[str, list[Named]] = defaultdict(list)
        for row in connection.execute(_TEAMS, {"keys": sorted(new.values())}) if new else ():
            by_name[row.name.lower()].append(Named(row.id, row.name))
        for mention, name in new.items():
            self.teams[mention] = by_name[name]

    def forget_unknown(self) -> None:
        """Forget people who were not found, or only by name, so that they are looked up again.

        The rows since then may have added them.
        """
        self.people = {
            mention: found
            for mention, found in self.people.items()
            if not all(each.is_stand_in for each in found)
        }

    def person(self, mention: Mention) -> list[Named]:
        """Return the people with a real address who fit, or else one who is known by name only."""
        found = self.people[mention]
        real = [each for each in found if not each.is_stand_in]
        return real or found[:1]

    def note_numbers(self, mention: Mention, named: Named) -> None:
        """Remember which person has an id in the other system, from a row with id and name."""
        self.numbers |= {cell: named for cell in mention[1:] if is_number((cell,))}

    def add(self, connection: Connection, mention: Mention) -> Named:
        """Add the mentioned person as a requester."""
        new = newcomer(mention)
        values = {
            "name": new.name,
            "email": new.email,
            "active": not new.email.endswith(f"@{NOWHERE}"),
        }
        number = connection.execute(_ADD, values).scalar_one()
        self.people[mention] = [Named(number, new.name, new.email)]
        self.note_numbers(mention, self.people[mention][0])
        return self.people[mention][0]


def newcomer(mention: Mention) -> Named:
    """Return the person that a mention would add, with an invented address if it has none."""
    name, email = name_and_address(mention)
    return Named(0, name, email)
