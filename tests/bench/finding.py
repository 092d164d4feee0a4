"""How long finding takes in a desk of any size, and a scan of the table for comparison."""

import math
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import structlog
from sqlalchemy import Connection, create_engine, text

from services.context import Actor, Role, acting
from services.demo.generated import Size, Texts, generate
from services.demo.vocabulary import TEAMS
from services.errors import NotFound
from services.storage.accounts import owner_url
from services.storage.database import Database
from services.storage.migrate import migrate
from services.storage.postgres import embedded
from services.tools import TOOLS

SIZES = 10_000, 100_000, 1_000_000
ROUNDS = 60
WARM_UP = 12
"""Rounds until the statements are prepared, and planned once and for all."""
SCANS = 3
_INDEX_SCANS = "enable_indexscan", "enable_bitmapscan", "enable_indexonlyscan"

Given = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: the arguments of a tool, and the same as a condition for the scan of a table."""

    tool: str
    given: Given
    table: str
    where: str
    words: tuple[str, ...] = ()


class Questions:
    """Makes up random questions about records of a generated desk."""

    def __init__(self, size: Size, connection: Connection) -> None:
        self.size, self.connection = size, connection
        self.random = Random(1)
        self.texts = Texts(self.random)

    def by_id(self, person: int) -> Asked:
        number = self.random.randint(1, self.size.tickets)
        return Asked("get", {"records": f"TKT-{number}"}, "tickets", f"id = {number}")

    def assigned(self, person: int) -> Asked:
        return Asked(
            "find_tickets",
            {"assignee": "me"},
            "tickets",
            f"assignee_id = {person} AND status <> 'Closed'",
        )

    def requested(self, person: int) -> Asked:
        given = {"requester": "me", "status": ["any"]}
        return Asked("find_tickets", given, "tickets", f"requester_id = {person}")

    def words(self, count: int) -> Callable[[int], Asked]:
        def ask(person: int) -> Asked:
            words = tuple(self.texts.words(count, count).split())
            return _about("find_tickets", "tickets", "name || ' ' || description", words)

        return ask

    def common_word(self, person: int) -> Asked:
        words = (self.random.choice(("the", "laptop", "password", "vpn", "printer")),)
        return _about("find_tickets", "tickets", "name || ' ' || description", words)

    def misspelt_name(self, person: int) -> Asked:
        number = self.random.randint(1, self.size.people)
        name = self.connection.scalar(text(f"SELECT name FROM people WHERE id = {number}"))
        words = tuple(_slip(self.random, word) for word in str(name).split())
        return _like("find_people", "people", " ".join(words))

    def misspelt_host(self, person: int) -> Asked:
        number = self.random.randint(1, self.size.machines)
        name = self.connection.scalar(text(f"SELECT name FROM machines WHERE id = {number}"))
        return _like("find_machines", "machines", _slip(self.random, str(name)))

    def three_filters(self, person: int) -> Asked:
        team = self.random.randint(1, len(TEAMS))
        given = {"status": ["open"], "team": f"TEAM-{team}", "priority": ["High"]}
        where = f"status <> 'Closed' AND team_id = {team} AND priority = 'High'"
        return Asked("find_tickets", given | {"sort": "-created"}, "tickets", where)

    def by_team(self, person: int) -> Asked:
        given = {"group_by": ["team"]}
        return Asked("find_tickets", given, "tickets", "status <> 'Closed'")


def _about(tool: str, table: str, texts: str, words: tuple[str, ...]) -> Asked:
    where = " AND ".join(f"{texts} ILIKE '%' || :w{place} || '%'" for place in range(len(words)))
    return Asked(tool, {"words": " ".join(words)}, table, where, words)


def _like(tool: str, table: str, name: str) -> Asked:
    """Return a question with a misspelt name; the scan compares it with each name."""
    return Asked(tool, {"words": name}, table, "similarity(name, :w0) > 0.4", (name,))


def _slip(random: Random, word: str) -> str:
    """Return the word with two letters swapped."""
    place = random.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _kinds(made: Questions) -> Iterator[tuple[str, Role, float, Callable[[int], Asked]]]:
    """Yield name, role, goal (95th percentile in ms) and question of each kind."""
    for role in (Role.technician, Role.requester):
        if role is Role.technician:
            yield "by id", role, 2, made.by_id
            yield "assigned to me, open", role, 5, made.assigned
        yield "requested by me", role, 5, made.requested
        yield "any two words", role, 20, made.words(2)
        yield "any single word", role, 60, made.words(1)
        yield "one of the commonest words", role, 60, made.common_word
        yield "misspelt name", role, 25, made.misspelt_name
        if role is Role.technician:
            yield "misspelt host name", role, 25, made.misspelt_host
            yield "three filters, sorted", role, 20, made.three_filters
        yield "open tickets by team", role, 60, made.by_team


async def run(most: int = SIZES[-1]) -> bool:
    """Return whether all goals are met at the largest size; a million tickets take minutes."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    measured = {}
    for tickets in [*(size for size in SIZES if size < most), most]:
        measured[tickets] = await _measure(Size(tickets))
    _print_growth(measured)
    return all(each.good for each in measured[most])


@asynccontextmanager
async def _filled(size: Size) -> AsyncIterator[tuple[Database, Connection]]:
    """Yield the database of a generated desk, and a connection of its owner."""
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder), durable=False) as url:
        migrate(url)
        generate(url, size, seed=1)
        engine = create_engine(owner_url(url), isolation_level="AUTOCOMMIT")
        database = Database(url)
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
            yield database, connection
        await database.close()
        engine.dispose()


@dataclass(frozen=True, slots=True)
class Measured:
    """The milliseconds of a kind of question."""

    name: str
    p50: float
    p95: float
    good: bool


async def _measure(size: Size) -> list[Measured]:
    start = time.perf_counter()
    async with _filled(size) as (database, connection):
        print(
            f"\n{size.tickets:,} tickets, {size.machines:,} machines, {size.people:,} people,"
            f" {size.notes:,} notes (made in {time.perf_counter() - start:.0f} s,"
            f" load {os.getloadavg()[0]:.1f})\n"
            f"{'ms':32}{'':12}{'p50':>8}{'p95':>8}{'goal':>6}{'scan':>9}{'ratio':>7}"
        )
        made = Questions(size, connection)
        return [await _one(database, connection, size, *kind) for kind in _kinds(made)]


async def _one(
    database: Database,
    connection: Connection,
    size: Size,
    name: str,
    role: Role,
    goal: float,
    make: Callable[[int], Asked],
) -> Measured:
    first, last = (
        (1, size.technicians) if role is Role.technician else (size.technicians + 1, size.people)
    )
    people = Random(2)
    times, scans = [], []
    for turn in range(-WARM_UP, ROUNDS):
        actor = Actor(people.randint(first, last), role)
        asked = make(actor.person_id)
        async with acting(database, actor) as ctx:
            start = time.perf_counter()
            with suppress(NotFound):  # a private ticket
                await TOOLS[asked.tool](ctx, **asked.given)
            took = (time.perf_counter() - start) * 1000
        if turn >= 0:
            times.append(took)
        if 0 <= turn < SCANS:
            scans.append(_scan(connection, asked))
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    scan = statistics.median(scans)
    good = p95 <= goal
    print(
        f"{name:32}{role.name:12}{p50:8.1f}{p95:8.1f}{goal:6.0f}{scan:9.1f}{scan / p50:7.0f}"
        f"{'' if good else '  missed'}",
        flush=True,
    )
    return Measured(f"{name}, {role.name}", p50, p95, good)


def _scan(connection: Connection, asked: Asked) -> float:
    """Return the milliseconds of reading the whole table."""
    values = {f"w{place}": word for place, word in enumerate(asked.words)}
    for kind in _INDEX_SCANS:
        connection.execute(text(f"SET {kind} = off"))
    query = f"SELECT * FROM {asked.table} WHERE {asked.where} ORDER BY id DESC LIMIT 20"
    start = time.perf_counter()
    connection.execute(text(query), values).all()
    took = (time.perf_counter() - start) * 1000
    for kind in _INDEX_SCANS:
        connection.execute(text(f"RESET {kind}"))
    return took


def _print_growth(measured: dict[int, list[Measured]]) -> None:
    """Print the milliseconds at each size, and the ratio of the largest size to the smallest."""
    print(f"\n{'p50 and p95 in ms at tickets':40}" + "".join(f"{each:>16,}" for each in measured))
    for kind in zip(*measured.values(), strict=True):
        times = "".join(f"{each.p50:9.1f}{each.p95:7.1f}" for each in kind)
        print(f"{kind[0].name:40}{times}{kind[-1].p50 / kind[0].p50:8.1f} times")
    logarithms = [math.log(tickets) for tickets in measured]
    between = " " * 16 * len(measured)
    print(f"{'their logarithm':40}{between}{logarithms[-1] / logarithms[0]:8.1f} times")
