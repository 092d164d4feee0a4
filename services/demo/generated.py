"""Generate a desk of any size, the same for the same seed, for benchmarks and for trying out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, chain, islice
from random import Random
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, func, select, text

from services.demo import continue_ids
from services.demo.vocabulary import (
    COMMON,
    DEPARTMENTS,
    FIRST_NAMES,
    MODELS,
    SITES,
    SYLLABLES,
    TEAMS,
)
from services.entities.person import Person
from services.errors import SetupError
from services.storage.accounts import as_owner

Row = dict[str, Any]

TEXT_WORDS = 20_000
"""How many different words the texts have; as in a language, a few of them are frequent."""
YEARS = 5
_INDEXES = text(
    "SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index"
    " WHERE indrelid = CAST(:table AS regclass) AND NOT indisunique"
)
_MINUTES = YEARS * 365 * 24 * 60


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a desk: for each 20 tickets a person, 4 machines and 60 notes."""

    tickets: int

    @property
    def people(self) -> int:
        return max(10, self.tickets // 20)

    @property
    def technicians(self) -> int:
        return max(3, self.people // 100)

    @property
    def machines(self) -> int:
        return self.tickets // 5

    @property
    def notes(self) -> int:
        return 3 * self.tickets


def generate(
    database_url: str, size: Size, seed: int, say: Callable[[str], None] = lambda line: None
) -> None:
    """Fill an empty database; raises `SetupError` if it holds people.

    If it fails, the database stays empty. The rows are not in the history.
    """
    now = datetime.now(UTC)
    with as_owner(database_url) as connection:
        if connection.scalar(select(func.count()).select_from(Person.__table__)):
            raise SetupError("The database already holds people: use an empty one.")
        # Triggers cannot be enabled again while checks of rows wait for the end.
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        for table, make in TABLES.items():
            rows = make(Desk(size, Random(f"{seed}:{table}"), now))  # noqa: S311 - no secret
            say(f"{_copy(connection, table, rows):,} {table.replace('_', ' ')}")
        continue_ids(connection)
        connection.execute(text("ANALYZE"))


def _copy(connection: Connection, table: str, rows: Iterator[Row]) -> int:
    """Insert the rows without triggers, and build the indexes afterwards; return their number."""
    first = next(rows, None)
    if first is None:
        return 0
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    indexes = list(connection.execute(_INDEXES, {"table": table}))
    for index in indexes:
        connection.execute(text(f"DROP INDEX {index.name}"))
    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    columns, count = ", ".join(first), 0
    with driver.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in chain([first], rows):
            copy.write_row(list(row.values()))
            count += 1
    connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
    for index in indexes:
        connection.execute(text(index.definition))
    return count


class Texts:
    """Generates texts in which words are as unevenly frequent as in a language."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._words = [*COMMON, *_made_words(TEXT_WORDS)][:TEXT_WORDS]
        # Zipf's law: the word of rank n is 1/n as frequent as the first.
        self._weights = list(accumulate(1 / rank for rank in range(1, TEXT_WORDS + 1)))

    def words(self, least: int, most: int) -> str:
        count = self.random.randint(least, most)
        return " ".join(self.random.choices(self._words, cum_weights=self._weights, k=count))


class Desk(Texts):
    """What the generators of rows need: the size, a source of randomness, and the time."""

    def __init__(self, size: Size, random: Random, now: datetime) -> None:
        super().__init__(random)
        self.size, self.now = size, now

    def ago(self, minutes: int) -> datetime:
        return self.now - timedelta(minutes=minutes)

    def one_of(self, most: int) -> int:
        return self.random.randint(1, most)


def _made_words(count: int) -> Iterator[str]:
    """Yield invented words that can be pronounced, each once."""
    random, seen = Random("words"), set(COMMON)  # noqa: S311
    while len(seen) < count + len(COMMON):
        word = "".join(random.choices(SYLLABLES, k=random.randint(2, 4)))
        if word not in seen:
            seen.add(word)
            yield word


def _people(desk: Desk) -> Iterator[Row]:
    surnames = [word.capitalize() for word in islice(_made_words(TEXT_WORDS), TEXT_WORDS)]
    for number in range(1, desk.size.people + 1):
        name = f"{desk.random.choice(FIRST_NAMES)} {desk.random.choice(surnames)}"
        yield {
            "id": number,
            "name": name,
            "email": f"{name.lower().replace(' ', '.')}.{number}@made-up.example",
            "role": _role(number, desk.size),
            "department": desk.random.choice(DEPARTMENTS),
            "tz": "UTC",
        }


def _role(number: int, size: Size) -> str:
    if number == 1:
        return "admin"
    return "technician" if number <= size.technicians else "requester"


def _teams(desk: Desk) -> Iterator[Row]:
    for number, name in enumerate(TEAMS, start=1):
        yield {"id": number, "name": name, "description": desk.words(4, 9)}


def _team_members(desk: Desk) -> Iterator[Row]:
    for person in range(1, desk.size.technicians + 1):
        yield {"team_id": 1 + person % len(TEAMS), "person_id": person}


def _machines(desk: Desk) -> Iterator[Row]:
    random = desk.random
    for number in range(1, desk.size.machines + 1):
        kind, make, model, processor, prefix = random.choice(MODELS)
        holder = desk.one_of(desk.size.people) if random.random() < 0.8 else None
        spare = random.choices(("Available", "Maintenance", "Retired", "Lost"), (70, 10, 18, 2))[0]
        yield {
            "id": number,
            "name": f"{prefix}-{random.choice(SITES)[:3].upper()}-{number:05d}",
            "make": make,
            "model": model,
            "serial_number": "".join(random.choices("23456789BCDFGHJKLMNPQRTVWXYZ", k=10)),
            "type": kind,
            "ram_gb": random.choice((8, 16, 16, 32, 64)),
            "storage_gb": random.choice((256, 512, 512, 1024, 2048)),
            "storage_type": "SSD",
            "processor": processor,
            "person_id": holder,
            "status": "Assigned" if holder else spare,
            "location": random.choice(SITES),
            "warranty_until": desk.ago(desk.one_of(_MINUTES) - _MINUTES // 2).date(),
        }


def _tickets(desk: Desk) -> Iterator[Row]:
    random, size = desk.random, desk.size
    for number in range(1, size.tickets + 1):
        closed = random.random() < 0.9
        assigned = closed or random.random() < 0.7
        created = (size.tickets - number) * _MINUTES // size.tickets + desk.one_of(60)
        updated = max(0, created - desk.one_of(20_000))
        waiting = random.choices(("Assigned", "On Hold", "Awaiting"), (70, 15, 15))[0]
        yield {
            "id": number,
            "requester_id": desk.one_of(size.people),
            "name": desk.words(4, 10).capitalize(),
            "description": desk.words(20, 60),
            "status": "Closed" if closed else waiting if assigned else "Open",
            "priority": random.choices(("Low", "Normal", "High", "Urgent"), (15, 65, 15, 5))[0],
            "assignee_id": desk.one_of(size.technicians) if assigned else None,
            "team_id": desk.one_of(len(TEAMS)),
            "private": random.random() < 0.01,
            "resolution": desk.words(5, 15) if closed else "",
            "created_at": desk.ago(created),
            "updated_at": desk.ago(updated),
            "closed_at": desk.ago(updated) if closed else None,
        }


def _ticket_machines(desk: Desk) -> Iterator[Row]:
    for ticket in range(1, desk.size.tickets + 1, 4):
        yield {"ticket_id": ticket, "machine_id": desk.one_of(desk.size.machines)}


def _ticket_watchers(desk: Desk) -> Iterator[Row]:
    for ticket in range(1, desk.size.tickets + 1, 10):
        yield {"ticket_id": ticket, "person_id": desk.one_of(desk.size.people)}


def _notes(desk: Desk) -> Iterator[Row]:
    for number in range(1, desk.size.notes + 1):
        yield {
            "id": number,
            "on_kind": "TKT",
            "on_id": desk.one_of(desk.size.tickets),
            "author_id": desk.one_of(desk.size.technicians),
            "text": desk.words(8, 25),
            "internal": desk.random.random() < 0.3,
            "created_at": desk.ago(desk.one_of(_MINUTES)),
        }


def _tags(desk: Desk) -> Iterator[Row]:
    number = 0
    for machine in range(1, desk.size.machines + 1, 2):
        number += 1
        system = desk.random.choice(("macOS 15", "Windows 11", "Ubuntu 24.04"))
        yield {"id": number, "on_kind": "MAC", "on_id": machine, "key": "os", "value": system}
    for ticket in range(1, desk.size.tickets + 1, 10):
        number += 1
        site = desk.random.choice(SITES).lower()
        yield {"id": number, "on_kind": "TKT", "on_id": ticket, "key": "site", "value": site}


TABLES: dict[str, Callable[[Desk], Iterator[Row]]] = {
    "people": _people,
    "teams": _teams,
    "team_members": _team_members,
    "machines": _machines,
    "tickets": _tickets,
    "ticket_machines": _ticket_machines,
    "ticket_watchers": _ticket_watchers,
    "notes": _notes,
    "tags": _tags,
}
"""The generator of each table's rows; tables to which other tables refer come first."""
