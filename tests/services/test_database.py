"""Errors of the database repeat nothing that people wrote, and its restarts are not noticed."""

import traceback

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from services.storage.database import WORKER, Database, as_owner

CANARY = "Zebrafink"
INSERT = "INSERT INTO people (name, email) VALUES (:name, upper(:email))"
VALUES = {"name": f"a\n\n{CANARY}", "email": f"{CANARY}@x".lower()}


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).lower()


async def test_a_refused_row_is_not_repeated(database: Database) -> None:
    with pytest.raises(IntegrityError) as refused:
        async with database.transaction(WORKER) as session:
            await session.execute(text(INSERT), VALUES)
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


async def test_connections_that_the_server_has_ended_are_not_used_again(
    database: Database, owner: Engine
) -> None:
    async def number() -> int:
        async with database.transaction(WORKER) as session:
            return int(await session.scalar(text("SELECT pg_backend_pid()")) or 0)

    first = await number()
    assert await number() == first
    with owner.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 1000)"), {"pid": first})
    assert await number() != first
