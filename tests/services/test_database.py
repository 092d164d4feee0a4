"""Errors contain no text of people, restarts are not noticed, numbers have one type."""

import traceback
from collections.abc import Awaitable, Callable

import pytest
from psycopg import IntegrityError, OperationalError
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError as OwnersIntegrityError

from services.context import Actor, Role, acting
from services.entities.person import Person
from services.storage.accounts import as_owner
from services.storage.database import CLOCK, WORKER, Database
from tests.fixtures import MARCUS, PRIYA

CANARY = "Zebrafink"
INSERT = "INSERT INTO people (name, email) VALUES (:name, upper(:email))"
BACKEND = text("SELECT pg_backend_pid() AS pid")
VALUES = {"name": f"a\n\n{CANARY}", "email": f"{CANARY}@x".lower()}


Backend = Callable[[Database], Awaitable[int]]


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).lower()


async def test_error_in_a_transaction_does_not_quote_the_refused_row(database: Database) -> None:
    with pytest.raises(IntegrityError) as refused:
        async with database.transaction(WORKER) as transaction:
            await transaction.execute(text(INSERT), **VALUES)
    assert "people_email_check" in told(refused.value)
    assert CANARY.lower() not in told(refused.value)


async def test_error_of_a_single_statement_does_not_quote_the_refused_row(
    database: Database,
) -> None:
    with pytest.raises(IntegrityError) as refused:
        await database.execute(text(INSERT), **VALUES)
    assert "people_email_check" in told(refused.value)
    assert CANARY.lower() not in told(refused.value)


def test_error_of_the_owners_statement_does_not_quote_the_refused_row(fresh_database: str) -> None:
    with (
        pytest.raises(OwnersIntegrityError) as refused,
        as_owner(fresh_database) as connection,
    ):
        connection.execute(text(INSERT), VALUES)
    assert "people_email_check" in told(refused.value)
    assert CANARY.lower() not in told(refused.value)


async def test_small_and_large_numbers_are_sent_to_postgres_as_one_type(database: Database) -> None:
    typed = text("SELECT CAST(pg_typeof(:number) AS text) AS type")
    found = [await database.fetch_one(typed, number=number) for number in (0, 7, -7, 70_000)]
    assert found == 4 * [{"type": "integer"}]


def end(owner: Engine, backend: int) -> None:
    with owner.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 1000)"), {"pid": backend})


async def in_a_transaction(database: Database) -> int:
    async with database.transaction(WORKER) as transaction:
        [row] = await transaction.fetch_all(BACKEND)
        return int(row["pid"])


async def alone(database: Database) -> int:
    [row] = await database.fetch_all(BACKEND)
    return int(row["pid"])


async def test_statement_in_an_ended_transaction_raises(database: Database) -> None:
    async with database.transaction(WORKER) as transaction:
        assert await transaction.fetch_all(BACKEND)
    with pytest.raises(RuntimeError, match="has ended"):
        await transaction.execute(BACKEND)


async def test_restarting_a_transaction_rolls_back_and_keeps_the_principal(
    database: Database,
) -> None:
    async with database.transaction(CLOCK) as transaction:
        await transaction.execute(text("INSERT INTO ticks VALUES ('trial', now())"))
        await transaction.restart()
        found = await transaction.fetch_all(
            text("SELECT current_user AS role, (SELECT count(*) FROM ticks WHERE name = 'trial')")
        )
    assert found == [{"role": "desk_clock", "count": 0}]


async def test_pausing_a_transaction_commits_and_returns_the_connection_to_the_pool(
    fresh_database: str,
) -> None:
    database = Database(fresh_database, connections=1)
    admin = Actor(MARCUS, Role.admin)
    async with acting(database, admin) as ctx:
        await ctx.execute(text("UPDATE people SET location = 'Basel' WHERE id = :id"), id=MARCUS)
        async with ctx.transaction.paused():
            async with acting(database, admin) as other:
                found = await Person.get(other, MARCUS)
            with pytest.raises(RuntimeError):
                await Person.get(ctx, MARCUS)
        assert (await Person.get(ctx, MARCUS)).location == found.location == "Basel"
    await database.close()


async def test_error_while_a_transaction_is_paused_ends_the_transaction(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.transaction(WORKER) as transaction, transaction.paused():
            raise LookupError
    assert await in_a_transaction(database)


@pytest.mark.parametrize("backend", [in_a_transaction, alone])
async def test_connections_that_the_server_has_ended_are_not_used_again(
    database: Database, owner: Engine, backend: Backend
) -> None:
    first = await backend(database)
    assert await backend(database) == first
    end(owner, first)
    assert await backend(database) != first


async def test_connection_that_ended_during_a_transaction_is_not_reused(
    database: Database, owner: Engine
) -> None:
    async def broken() -> None:
        async with acting(database, Actor(PRIYA, Role.requester)) as ctx:
            [row] = await ctx.fetch_all(BACKEND)
            end(owner, row["pid"])
            await ctx.execute(BACKEND)

    with pytest.raises(OperationalError):
        await broken()
    assert await in_a_transaction(database)
