"""The test company, made once for each test process."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine

import tests.rights.surfaces  # noqa: F401 - there, types of records add what the world has of them
from services.storage.accounts import login_url, owner_url
from services.storage.database import Database
from tests.fixtures import copied
from tests.rights.building import make_world
from tests.rights.world import World


@pytest.fixture(scope="session")
def world(server: str, template: str) -> Iterator[World]:
    """Return the world, which all tests share: they must roll back what they write."""
    with copied(server, template, "rights") as url:
        yield make_world(url)


@pytest.fixture(scope="module")
async def world_database(world: World) -> AsyncIterator[Database]:
    database = Database(world.url)
    yield database
    await database.close()


@pytest.fixture(scope="module")
def login(world: World) -> Iterator[Engine]:
    engine = create_engine(login_url(world.url))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def owner(world: World) -> Iterator[Connection]:
    engine = create_engine(owner_url(world.url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()
