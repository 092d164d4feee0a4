"""Errors of the database repeat nothing that people wrote, and its restarts are not noticed."""

import traceback
from collections.abc import Awaitable, Callable

import pytest
from psycopg.errors import CheckViolation
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from services.storage.database import WORKER, Database, as_owner

CANARY = "Zebrafink"
INSERT = "INSERT INTO people (name, email) VALUES (:name, upper(:email))"
BACKEND = text("SELECT pg_backend_pid() AS pid")
VALUES = {"name": f"a\n\n{CANARY}", "email": f"{CANARY}@x".lower()}


Backend = Callable[[Database], Awaitable[int]]


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).lower()


async def test_a_refused_row_is_not_repeated(database: Database) -> None:
    with pytest.raises(IntegrityError) as refused:
        async with database.transaction(WORKER) as session:
            await session.execute(text(INSERT), VALUES)
    assert "people_email_check" in told(refused.value)
    assert CANARY.lower() not in told(refused.value)


async def test_neither_by_a_single_statement(database: Database) -> None:
    with pytest.raises(CheckViolation) as refused:
        await database.ask(text(INSERT), **VALUES)
    assert "people_email_check" in told(refused.value)
    assert CANARY.lower() not in told(refused.value)


def test_neither_to_the_owner(fresh_database: str) -> None:
    with (
        pytest.raises(IntegrityError) as refused,
        as_owner(fresh_database) as connection,
    ):
        connection.execute(text(INSERT), VALUES)
    assert "people_email_check" in told(refused.value)
    assert CANARY.lower() not in told(refused.value)


async def in_a_transaction(database: Database) -> int:
    async with database.transaction(WORKER) as session:
        return int(await session.scalar(BACKEND) or 0)


async def alone(database: Database) -> int:
    [row] = await database.ask(BACKEND)
    return int(row["pid"])


@pytest.mark.parametrize("backend", [in_a_transaction, alone])
async def test_connections_that_the_server_has_ended_are_not_used_again(
    database: Database, owner: Engine, backend: Backend
) -> None:
    first = await backend(database)
    assert await backend(database) == first
    with owner.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 1000)"), {"pid": first})
    assert await backend(database) != first
