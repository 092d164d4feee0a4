"""Browsers of people of the demo company, in front of the web view."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import httpx2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from bot.cli.serve import web_view
from bot.http_limits import LimitBody
from bot.redirects import RelativeRedirects
from bot.runtime import Runtime
from services.settings import Settings
from services.storage.database import Database
from services.storage.migrate import is_current

SETTINGS = Settings.load(_env_file=None)
Web = Callable[..., httpx2.AsyncClient]


async def neighbour(request: Request) -> PlainTextResponse:
    return PlainTextResponse("a neighbour")


def site(database: Database) -> Starlette:
    """Return the web view as the desk serves it, beside another route."""

    async def healthy() -> bool:
        return await is_current(database)

    runtime = cast(Runtime, SimpleNamespace(database=database, settings=SETTINGS))
    others = [Mount("/playground", routes=[Route("/", neighbour)])]
    return Starlette(
        routes=[*web_view(runtime, healthy), *others],
        middleware=[Middleware(RelativeRedirects), Middleware(LimitBody)],
    )


def main_of(page: httpx2.Response) -> str:
    return page.text.partition('<main id="main">')[2]
