"""A browser in front of the web view: it keeps cookies, and sends forms as their buttons do."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx2

from tests.fixtures import Desk

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_ACTION = re.compile(r'<form[^>]* action="([^"]+)"')


@asynccontextmanager
async def browser(desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    address = desk.runtime.settings.web_url
    async with httpx2.AsyncClient(base_url=address, follow_redirects=True) as client:
        yield client


async def opened(client: httpx2.AsyncClient, address: str) -> httpx2.Response:
    """Open an address as a person does: the page that asks for a press is pressed."""
    page = await client.get(address)
    if 'id="enter"' not in page.text:
        return page
    form = {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}
    return await client.post(_ACTION.findall(page.text.partition("<main")[2])[0], data=form)


def page_links(shown: Any) -> list[str]:
    """Return the addresses behind the link buttons of a message or view."""
    return [element["url"] for _, element in shown.elements if "url" in element]
