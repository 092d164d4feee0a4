"""One world for each test process, and the count of cells at the end of the run."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import create_engine, make_url, text

from services.storage.database import Database, owner_url
from tests.rights.world import World, make_world


@pytest.fixture(scope="session")
def world(server: str, template: str) -> Iterator[World]:
    """The tests of the matrix leave it as it is: what they write is rolled back."""
    name = f"rights_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    owner = create_engine(owner_url(server), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(2)"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        connection.execute(text("SELECT pg_advisory_unlock(2)"))
        yield make_world(make_url(server).set(database=name).render_as_string(hide_password=False))
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    owner.dispose()


@pytest.fixture
async def world_database(world: World) -> AsyncIterator[Database]:
    database = Database(world.url)
    yield database
    await database.close()
