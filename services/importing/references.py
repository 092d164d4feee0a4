"""Find the people and teams that cells mention."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from services.importing.mentions import (
    NOWHERE,
    Mention,
    addresses_of,
    email_of,
    is_number,
    is_same_name,
    keys_of,
    logins_of,
    name_and_address,
    shares_word,
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
    " ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING id, name"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A person or team that a cell mentions; `id` is 0 for a person whom a dry run would add."""

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

    is_dry: bool = False
    people: dict[Mention, list[Named]] = field(default_factory=dict)
    teams: dict[Mention, list[Named]] = field(default_factory=dict)
    numbers: dict[str, Named] = field(default_factory=dict)
    """People by their ids in the other system, from rows that have both id and name."""
    newcomers: dict[str, Named] = field(default_factory=dict)
    """People whom this import has added, by address, and whom no row has named yet."""
    _would_add: dict[str, dict[str, Named]] = field(default_factory=lambda: defaultdict(dict))
    """People whom a dry run would have added, by each key and then by address."""

    def look_up_people(self, connection: Connection, mentions: Iterable[Mention]) -> None:
        """Find and remember all these people with one query."""
        new = [each for each in mentions if each not in self.people]
        keys = sorted({key for each in new for key in (*keys_of(each), *addresses_of(each))})
        index = _Index()
        for row in connection.execute(_PEOPLE, {"keys": keys}) if keys else ():
            index.add(Named(row.id, row.name, row.email), row.external_id)
        would_add = {k: v for key in keys for k, v in self._would_add.get(key, {}).items()}
        for named in would_add.values():
            index.add(named)
        for mention in new:
            self.people[mention] = index.find(mention)

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

    def note_numbers(self, mention: Mention, named: Named) -> None:
        """Remember which person has an id in the other system, from a row with id and name."""
        self.numbers |= {cell: named for cell in mention[1:] if is_number((cell,))}

    def add(self, connection: Connection, mention: Mention) -> Named:
        """Add the mentioned person as a requester, with an invented address if they have none."""
        name, _ = name_and_address(mention)
        for address in addresses_of(mention):
            added = self._insert(connection, Named(0, name, address))
            if is_same_name(added.name, name):
                break
        self.people[mention] = [added]
        self.newcomers[added.email] = added
        self.note_numbers(mention, added)
        return added

    def _insert(self, connection: Connection, new: Named) -> Named:
        """Add the person unless the address is taken; return who has it then."""
        if self.is_dry:
            keys = {new.email, new.email.partition("@")[0], new.name.lower()}
            for key in keys:
                self._would_add[key].setdefault(new.email, new)
            return self._would_add[new.email][new.email]
        values = {"name": new.name, "email": new.email, "active": not new.is_stand_in}
        row = connection.execute(_ADD, values).one()
        return Named(row.id, row.name, new.email)


class _Index:
    """An index of people by address, name, login and external id."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[Named]] = defaultdict(list)
        self._by_login: dict[str, list[Named]] = defaultdict(list)
        self._stand_ins: dict[str, Named] = {}

    def add(self, named: Named, external_id: str = "") -> None:
        """Add a person; names and logins do not find a stand-in, who may be somebody else."""
        keys = {external_id.lower()}
        if named.is_stand_in:
            self._stand_ins[named.email] = named
        else:
            keys |= {named.email, named.name.lower()}
            self._by_login[named.email.partition("@")[0]].append(named)
        for key in keys - {""}:
            self._by_key[key].append(named)

    def find(self, mention: Mention) -> list[Named]:
        """Return who fits the best key; among several, the one who fits another key as well."""
        logins = logins_of(mention)
        hits = [self._fitting(key, logins.get(key)) for key in keys_of(mention)]
        found = next(filter(None, hits), [])
        for hit in hits if len(found) > 1 else ():
            if len(both := [each for each in found if each in hit]) == 1:
                return both
        return found or self._stand_in(mention)

    def _fitting(self, key: str, named: str | None) -> list[Named]:
        found = list(self._by_key[key])
        for each in self._by_login[key] if named is not None else ():
            fits = not named or email_of(each.name) or shares_word(each.name, named)
            found += [each] if fits and each not in found else []
        return found

    def _stand_in(self, mention: Mention) -> list[Named]:
        name, _ = name_and_address(mention)
        *others, last = addresses_of(mention)
        for address in others:
            if (known := self._stand_ins.get(address)) and is_same_name(known.name, name):
                return [known]
        return [self._stand_ins[last]] if last in self._stand_ins else []
