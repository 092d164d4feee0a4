"""One world for each test process."""

from collections.abc import AsyncIterator, Iterator

import pytest

from services.storage.database import Database
from tests.fixtures import copied
from tests.rights.world import World, make_world


@pytest.fixture(scope="session")
def world(server: str, template: str) -> Iterator[World]:
    """The tests of the matrix leave it as it is: what they write is rolled back."""
    with copied(server, template, "rights") as url:
        yield make_world(url)


@pytest.fixture(scope="module")
async def world_database(world: World) -> AsyncIterator[Database]:
    database = Database(world.url)
    yield database
    await database.close()
