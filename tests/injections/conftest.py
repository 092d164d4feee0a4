"""One desk for all hostile lines that a test process plants."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import create_engine

from services.storage.accounts import owner_url
from tests.fixtures import copied, open_desk
from tests.injections.stage import WEB, Stage
from tests.services.provider import llm, provider, says


@pytest.fixture(scope="module")
async def stage(
    server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    path = tmp_path_factory.mktemp("desk")
    with copied(server, template, "injections") as url:
        owner = create_engine(owner_url(url))
        async with (
            provider(says("Hello")) as served,
            open_desk(url, path, public_url=WEB, **llm(served.url)) as desk,
        ):
            yield Stage(desk, url, owner, served)
        owner.dispose()
