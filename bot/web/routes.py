"""The routes of the web view, of health and of metrics."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from psycopg import Error, InterfaceError, OperationalError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from bot.runtime import Runtime
from bot.web.guard import Guard
from bot.web.metrics import Metrics
from bot.web.pages import Show, html, list_page, show_home, show_record
from bot.web.session import find_viewer
from services.context import acting
from services.entities.registry import ENTITY_TYPES

log = structlog.get_logger()

AWAY = (OperationalError, InterfaceError, OSError)

Check = Callable[[], Awaitable[bool]]


def web_routes(
    runtime: Runtime, is_current: Check, is_connected: Check | None = None
) -> list[Route | Mount]:
    """Return the routes for the root of a site. Routes beside them keep their paths.

    `is_connected` is for Socket Mode: whether events of Slack can arrive.
    """
    lists = [
        Route(f"/{each.plural}", Guard(Page(runtime, list_page(each))))
        for each in ENTITY_TYPES.values()
    ]
    return [
        Route("/", Guard(Page(runtime, show_home))),
        *monitoring_routes(runtime, is_current, is_connected),
        Mount("/static", Guard(StaticFiles(packages=[("bot.web", "static")]), "no-cache")),
        *lists,
        Fallback("/{key:path}", Guard(Page(runtime, show_record))),
    ]


def monitoring_routes(
    runtime: Runtime, is_current: Check, is_connected: Check | None = None
) -> list[Route | Mount]:
    """Return the routes for monitoring a process."""
    return [
        Route("/healthz", Guard(Health(is_current, is_connected))),
        Route("/metrics", Guard(Metrics(runtime))),
    ]


class Fallback(Route):
    """A route for the paths that no other route takes, whatever their order."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        if match is Match.NONE or self._known_with_slash(scope):
            return Match.NONE, {}
        return Match.PARTIAL, child

    def _known_with_slash(self, scope: Scope) -> bool:
        """Return whether the router would redirect to the path with or without a slash."""
        path = scope["path"]
        other = {**scope, "path": path.rstrip("/") if path.endswith("/") else f"{path}/"}
        routes = (route for route in scope["router"].routes if route is not self)
        return any(route.matches(other)[0] is Match.FULL for route in routes)


@dataclass(frozen=True, slots=True)
class Page:
    """A page for the signed-in person, read with their rights."""

    runtime: Runtime
    show: Show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            return await self._show(request)
        except AWAY as error:
            log.warning("web_database_away", path=request.url.path, error=str(error))
            return _plain(503, "The desk's database is away", "Try again in a minute.")
        except Exception:
            log.exception("web_page_failed", path=request.url.path)
            return _plain(
                500,
                "This page failed",
                "The desk's log says why: please tell the people who run it.",
            )

    async def _show(self, request: Request) -> Response:
        viewer = await find_viewer(self.runtime, request)
        if viewer is None:
            sentence = "Open this page from Slack: press the record's button, then “Open page”."
            return _plain(401, "You are not signed in here", sentence)
        async with acting(self.runtime.database, viewer.actor) as ctx:
            return await self.show(ctx, request, viewer)


@dataclass(frozen=True, slots=True)
class Health:
    """`/healthz`: ready when the database has the right schema and Slack can reach the desk."""

    is_current: Check
    is_connected: Check | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = await self._fault()
        broken = JSONResponse({"status": "broken", "why": fault}, 503)
        response = broken if fault else JSONResponse({"status": "ready"})
        await response(scope, receive, send)

    async def _fault(self) -> str:
        try:
            if not await self.is_current():
                return "The database's schema is not the one that this version of the desk needs."
        except (Error, OSError) as error:
            log.warning("web_not_healthy", error=str(error))
            return "The database does not answer."
        if self.is_connected and not await self.is_connected():
            return "There is no connection to Slack, so no message arrives: the log says why."
        return ""


def _plain(status: int, title: str, sentence: str) -> Response:
    return html("plain.html", None, status, title=title, sentence=sentence)
