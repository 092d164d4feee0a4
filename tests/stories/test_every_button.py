"""Every record's button in every answer opens and closes its card, and every linked page opens."""

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.slack.render.blocks import fits
from bot.slack.render.cards import expanded
from bot.web.session import COOKIE
from services.sessions import begin_session
from tests.fixtures import DANIEL, IN_DEMO, PRIYA, Desk

SENTENCES = [
    (PRIYA, "what laptop do I have"),
    (DANIEL, "tickets assigned to me"),
    (PRIYA, "open a ticket: VPN drops every hour"),
    (DANIEL, "add a note to TKT-12: swapped the dock"),
    (DANIEL, "who is Priya"),
    (DANIEL, "laptops with 32 GB"),
]


def records(message: Any) -> list[str]:
    found = [element["action_id"] for _, element in message.elements]
    return list(dict.fromkeys(each for each in found if each.startswith("entity:")))


@pytest.mark.parametrize(("person", "sentence"), SENTENCES)
async def test_every_record_button_opens_and_closes_a_card(
    desk: Desk, person: int, sentence: str
) -> None:
    answer = await desk.ask(person, sentence)
    before, listed = expanded(answer.blocks), records(answer)
    assert listed
    for button in listed[:4]:  # longer lists hold records of one kind
        key = button.removeprefix("entity:")
        await desk.slack.press(desk.user(person), answer, button)
        await desk.slack.until(lambda key=key: key in expanded(answer.blocks))
        open_now = {f"entity:{each}" for each in expanded(answer.blocks)}
        for related in set(records(answer)) - set(listed) - open_now:
            await desk.slack.press(desk.user(person), answer, related)
            inner = related.removeprefix("entity:")
            await desk.slack.until(lambda inner=inner: inner in expanded(answer.blocks))
            assert fits(answer.blocks)
            await desk.slack.press(desk.user(person), answer, related)
            await desk.slack.until(lambda inner=inner: inner not in expanded(answer.blocks))
        if key in expanded(answer.blocks):
            await desk.slack.press(desk.user(person), answer, button)
        await desk.slack.until(lambda: expanded(answer.blocks) == before)


@pytest.fixture
async def browser(desk: Desk) -> AsyncIterator[aiohttp.ClientSession]:
    value = await begin_session(desk.runtime.database, DANIEL)
    async with aiohttp.ClientSession(cookies={COOKIE: value}) as session:
        yield session


FOLLOWED = 12
"""The maximum number of links followed to each kind of page: all tickets' pages are built alike."""


def kind(path: str) -> str:
    return re.sub(r"\d+", "N", path)


async def test_every_web_page_that_a_page_links_to_opens(
    desk: Desk, browser: aiohttp.ClientSession
) -> None:
    """Follow every link from a technician's home page."""
    seen: set[str] = set()
    ahead = ["/", "/TKT-12", "/MAC-5", "/USR-5", "/TEAM-3", "/NOTE-1", "/TAG-1"]
    while ahead:
        path = ahead.pop(0)
        if sum(kind(each) == kind(path) for each in seen) >= FOLLOWED:
            continue
        async with browser.get(f"{desk.runtime.settings.web_url}{path}") as page:
            assert page.status == 200, path
            links = re.findall(r'href="(/[^"#]*)"', await page.text())
        seen.add(path)
        ahead += [each for each in set(links) - seen - set(ahead) if "/static/" not in each]
    assert {kind(each) for each in seen} >= {f"/{prefix}-N" for prefix in IN_DEMO}
    assert "/TKT-15" not in seen
