"""Browsers that are signed in, and the owner of their database."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import httpx2
import pytest
from sqlalchemy import Connection, Engine

from bot.web.session import COOKIE
from services.sessions import begin_session
from services.storage.database import Database
from tests.bot.web.browsing import Web, site
from tests.fixtures import DANIEL, MARCUS, PRIYA


@pytest.fixture
async def web(database: Database) -> AsyncIterator[Web]:
    """`web(PRIYA)` is her browser, `web()` one that is not signed in."""
    transport = httpx2.ASGITransport(app=site(database))
    sessions = {each: await begin_session(database, each) for each in (PRIYA, DANIEL, MARCUS)}
    async with AsyncExitStack() as stack:

        def browser(person: int | None = None, cookie: str = "") -> httpx2.AsyncClient:
            cookie = sessions[person] if person else cookie
            cookies = {COOKIE: cookie} if cookie else {}
            client = httpx2.AsyncClient(
                transport=transport, base_url="http://desk.test", cookies=cookies
            )
            stack.push_async_callback(client.aclose)
            return client

        yield browser


@pytest.fixture
def owner(owner: Engine) -> Iterator[Connection]:
    """A connection of the database's owner, who may change everything; it commits at once."""
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection
