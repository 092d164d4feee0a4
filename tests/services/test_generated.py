"""A made-up desk: deterministic, of the size asked for, and usable."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from random import Random

import pytest
from sqlalchemy import text

from services.context import Actor, Role, acting
from services.demo.generated import TABLES, Desk, Size, generate
from services.errors import SetupError
from services.storage.accounts import as_owner
from services.storage.database import Database
from services.tools.find import find_tickets
from services.tools.page import Page
from services.tools.tickets import create_ticket
from tests.fixtures import copied

SIZE = Size(tickets=200)
NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture
def empty(server: str, template: str) -> Iterator[str]:
    with copied(server, template, "generated") as url:
        with as_owner(url) as connection:
            connection.execute(text("TRUNCATE people, teams, notes, tags, events CASCADE"))
        yield url


@pytest.mark.parametrize("table", TABLES)
def test_generator_makes_the_same_rows_for_the_same_seed(table: str) -> None:
    def made(seed: int) -> list[object]:
        return list(islice(TABLES[table](Desk(SIZE, Random(seed), NOW)), 50))

    assert made(1) == made(1)
    assert made(1) != made(2) or table == "team_members"


async def test_generated_desk_has_the_requested_size_and_answers_searches(empty: str) -> None:
    generate(empty, SIZE, seed=1)
    with as_owner(empty) as connection:
        counted = {
            table: connection.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in ("people", "machines", "tickets", "notes", "events")
        }
    assert counted == {"people": 10, "machines": 40, "tickets": 200, "notes": 600, "events": 0}
    database = Database(empty)
    async with acting(database, Actor(1, Role.admin)) as ctx:
        found = await find_tickets(ctx, words="laptop", status=["any"])
        created = await create_ticket(ctx, name="One more")
    await database.close()
    assert isinstance(found, Page)
    assert found.total > 3
    assert created.id == SIZE.tickets + 1


def test_generating_into_a_database_with_people_is_refused(fresh_database: str) -> None:
    with pytest.raises(SetupError, match="already holds people"):
        generate(fresh_database, SIZE, seed=1)
