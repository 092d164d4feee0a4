"""The page of settings in the web view: admins read every value, and who set it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.desk_settings import DESK_SETTINGS
from services.sessions import begin_session
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk, open_desk
from tests.services.provider import Provider, llm, provider, says
from tests.stories.browser import browser, opened, page_links
from tests.stories.telling import command
from tests.stories.test_settings import settings

KEY = "sk-a-very-secret-key"


@pytest.fixture
async def served() -> AsyncIterator[Provider]:
    async with provider(says("There.")) as served:
        yield served


@pytest.fixture
async def desk(
    fresh_database: str, tmp_path: Path, served: Provider, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    monkeypatch.setenv("LLM_API_KEY", KEY)
    own = llm(served.url) | {"llm_models": ("first/model", "second/model"), "llm_api_key": KEY}
    async with open_desk(fresh_database, tmp_path, **own) as desk:
        yield desk


async def page(desk: Desk) -> str:
    """Open the page with the link of the form, as Marcus."""
    async with browser(desk) as client:
        [address] = [each for each in page_links(await settings(desk)) if "/settings" in each]
        return (await opened(client, address)).text


async def test_web_page_of_settings_shows_every_setting_and_who_changed_it(desk: Desk) -> None:
    await command(desk, MARCUS, "limit turns_per_person 7")
    await command(desk, MARCUS, "role USR-5 technician")
    channel = desk.slack.channel("it-help").id
    await command(desk, MARCUS, "desk on")
    shown = " ".join((await page(desk)).split())
    assert [each.label for each in DESK_SETTINGS if each.label not in shown] == []
    assert "<b>7 an hour</b>" in shown
    assert "Default: 60 an hour." in shown
    assert 'by <a href="/USR-2"><bdi>Marcus Oyelaran</bdi></a>' in shown
    assert "Changed “Questions of one person”: 60 an hour → 7 an hour" in shown
    assert "Changed USR-5: role requester → technician" in shown
    assert f'<bdi class="title">#it-help</bdi> <span class="id">{channel}</span>' in shown
    assert ": #it-help became a desk channel" in shown
    assert shown.count('href="/USR-5"') == 1
    assert '<a href="/settings" aria-current="page">Settings</a>' in shown


async def test_web_page_of_settings_lists_models_in_order_without_their_keys(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await command(desk, MARCUS, "model-default second")
    shown = await page(desk)
    assert shown.index("1. <bdi>second/model") < shown.index("2. <bdi>first/model")
    assert KEY not in shown
    assert "No key" not in shown
    monkeypatch.delenv("LLM_API_KEY")
    assert "No key: set LLM_API_KEY" in await page(desk)


@pytest.mark.parametrize("person", [PRIYA, DANIEL])
async def test_only_admins_can_open_the_web_page_of_settings(desk: Desk, person: int) -> None:
    session = await begin_session(desk.runtime.database, person)
    async with browser(desk) as client:
        client.cookies.set("desk_session", session)
        refused = await client.get("/settings")
        home = await client.get("/")
    assert refused.status_code == 403
    assert "Only admins" in refused.text
    assert "Questions of one person" not in refused.text
    assert 'href="/settings"' not in home.text
