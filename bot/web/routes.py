"""The routes of the web view, of health and of metrics."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from psycopg import Error, InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from bot.runtime import Runtime
from bot.web.conversations import conversation_page, show_conversations
from bot.web.guard import Guard
from bot.web.metrics import Metrics
from bot.web.pages import NamesAtSlack, Show, html, list_page, settings_page, show_home, show_record
from bot.web.session import find_viewer
from bot.web.sign_in import ask_to_sign_in, enter, open_with_pass, sign_out
from bot.web.slack_sign_in import Identify, SlackSignIn
from services.context import acting
from services.entities.registry import ENTITY_TYPES

log = structlog.get_logger()

AWAY = (OperationalError, InterfaceError, OSError)

Answer = Callable[[Runtime, Request], Awaitable[Response]]
Check = Callable[[], Awaitable[bool]]


def web_routes(
    runtime: Runtime,
    identify: Identify,
    names_at_slack: NamesAtSlack,
    is_current: Check,
    is_connected: Check | None = None,
) -> list[Route | Mount]:
    """Return the routes of the web view, from `/` on. Other routes of the site keep their paths.

    `identify` finds the person of a Slack user, and `names_at_slack` the names of channels.
    `is_connected` is for Socket Mode: it returns whether Slack's events can arrive.
    """

    def to_read(answer: Answer) -> Guard:
        return Guard(Endpoint(runtime, answer))

    def to_send(answer: Answer) -> Guard:
        return Guard(Endpoint(runtime, answer), methods=("POST",))

    by_slack = SlackSignIn(identify)
    conversation = conversation_page(runtime)
    lists = [
        Route(f"/{each.plural}", to_read(page(list_page(each)))) for each in ENTITY_TYPES.values()
    ]
    return [
        Route("/", to_read(page(show_home))),
        *monitoring_routes(runtime, is_current, is_connected),
        Mount("/static", Guard(StaticFiles(packages=[("bot.web", "static")]), "no-cache")),
        *lists,
        Route("/settings", to_read(page(settings_page(names_at_slack)))),
        Route("/conversations", to_read(page(show_conversations))),
        Route("/conversations/{number}", to_read(page(conversation))),
        Route("/sign-in", to_read(by_slack.begin)),
        Route("/sign-in/slack", to_read(by_slack.finish)),
        Route("/sign-in/pass", to_send(enter)),
        Route("/sign-out", to_send(sign_out)),
        Fallback("/{key:path}", to_read(page(show_record))),
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
    """A route for all paths that no other route takes; its position in the list does not matter."""

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


def page(show: Show) -> Answer:
    """Return a handler that shows a page to the signed-in person, read with their rights."""

    async def answer(runtime: Runtime, request: Request) -> Response:
        viewer = await find_viewer(runtime, request)
        if "pass" in request.query_params:
            return await open_with_pass(runtime, request, viewer)
        if viewer is None:
            return ask_to_sign_in(runtime, request.scope["path"])
        async with acting(runtime.database, viewer.actor) as ctx:
            return await show(ctx, request, viewer)

    return answer


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Answers requests; if a page raises, a page is shown that says so."""

    runtime: Runtime
    answer: Answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            return await self.answer(self.runtime, request)
        except HTTPException:  # the request was refused: `Guard` answers
            raise
        except AWAY as error:
            log.warning("web_database_away", path=request.url.path, error=str(error))
            return _plain(503, "The desk can't reach its database", "Try again in a minute.")
        except Exception:
            log.exception("web_page_failed", path=request.url.path)
            return _plain(
                500,
                "This page could not be shown",
                "The desk's log says why: please tell the people who run it.",
            )


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
                return (
                    "The database has the schema of another version: run `python -m bot migrate`."
                )
        except (Error, OSError) as error:
            log.warning("web_not_healthy", error=str(error))
            return "The database does not answer."
        if self.is_connected and not await self.is_connected():
            return "There is no connection to Slack, so no message arrives: the log says why."
        return ""


def _plain(status: int, title: str, sentence: str) -> Response:
    return html("plain.html", None, status, title=title, sentence=sentence)
