"""The routes of the web view, and what each page shows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from psycopg import Error, InterfaceError, OperationalError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from bot.runtime import Runtime
from bot.web.guard import Guard
from bot.web.metrics import Metrics
from bot.web.session import Viewer, find_viewer
from bot.web.templating import make_templates
from services.context import Context, Role, acting
from services.entities.base import KINDS, Entity, find_ids, load
from services.entities.note import notes_on
from services.errors import DeskError
from services.tools.history import history
from services.tools.machines import my_machines
from services.tools.tickets import my_tickets, tickets_assigned_to_me

log = structlog.get_logger()

ROWS = 50
AWAY = (OperationalError, InterfaceError, OSError)
TEMPLATES = make_templates()

Check = Callable[[], Awaitable[bool]]
Show = Callable[[Context, Request, Viewer], Awaitable[Response]]


def web_routes(
    runtime: Runtime, is_current: Check, hears: Check | None = None
) -> list[Route | Mount]:
    """To be put at the root of a site; paths that other routes know stay theirs.

    `hears` tells whether Slack's events arrive, where the desk itself has to connect for them.
    """
    lists = [
        Route(f"/{kind.plural}", Guard(Page(runtime, list_of(kind)))) for kind in KINDS.values()
    ]
    return [
        Route("/", Guard(Page(runtime, show_home))),
        *seen_from_outside(runtime, is_current, hears),
        Mount("/static", Guard(StaticFiles(packages=[("bot.web", "static")]), "no-cache")),
        *lists,
        Fallback("/{key:path}", Guard(Page(runtime, show_record))),
    ]


def seen_from_outside(
    runtime: Runtime, is_current: Check, hears: Check | None = None
) -> list[Route | Mount]:
    """How a process is doing, for whoever looks after it."""
    return [
        Route("/healthz", Guard(Health(is_current, hears))),
        Route("/metrics", Guard(Metrics(runtime))),
    ]


class Fallback(Route):
    """Takes what no other route takes, wherever it stands among them."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        if match is Match.NONE or self._known_with_slash(scope):
            return Match.NONE, {}
        return Match.PARTIAL, child

    def _known_with_slash(self, scope: Scope) -> bool:
        """Whether the router, left alone, would redirect to the path with or without a slash."""
        path = scope["path"]
        other = {**scope, "path": path.rstrip("/") if path.endswith("/") else f"{path}/"}
        routes = (route for route in scope["router"].routes if route is not self)
        return any(route.matches(other)[0] is Match.FULL for route in routes)


@dataclass(frozen=True, slots=True)
class Page:
    """One kind of page, shown to whoever is signed in and in their rights."""

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
                500, "This page failed", "The desk's log says why; tell whoever runs the desk."
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
    """Ready when the database has the schema that this version needs, and Slack reaches us."""

    is_current: Check
    hears: Check | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        why = await self._what_is_wrong()
        broken = JSONResponse({"status": "broken", "why": why}, 503)
        response = broken if why else JSONResponse({"status": "ready"})
        await response(scope, receive, send)

    async def _what_is_wrong(self) -> str:
        try:
            if not await self.is_current():
                return "The database's schema is not the one that this version of the desk needs."
        except (Error, OSError) as error:
            log.warning("web_not_healthy", error=str(error))
            return "The database does not answer."
        if self.hears and not await self.hears():
            return "No connection to Slack stands, so no message arrives: the log says why."
        return ""


async def show_home(ctx: Context, request: Request, viewer: Viewer) -> Response:
    """What the person has with the desk at the moment."""
    sections = {"Your open tickets": my_tickets, "Your machines": my_machines}
    if viewer.actor.role >= Role.technician:
        sections = {"Assigned to you": tickets_assigned_to_me} | sections
    pages = {title: await tool(ctx) for title, tool in sections.items()}
    return _html("home.html", viewer, pages=pages)


def list_of(kind: type[Entity]) -> Show:
    async def show_list(ctx: Context, request: Request, viewer: Viewer) -> Response:
        """The newest records of the kind, or those before the one that the address names."""
        query = kind.query().order_by(kind.id.desc()).limit(ROWS + 1)
        before = request.query_params.get("before")
        if before is not None:
            if find_ids(before) != [before] or not before.startswith(f"{kind.prefix}-"):
                return _not_found(before, viewer)
            query = query.where(kind.id < int(before.split("-")[1]))
        found = await kind.fetch_all(ctx, query)
        older = found[ROWS - 1].key if len(found) > ROWS else None
        refs = [entity.ref for entity in found[:ROWS]]
        return _html("list.html", viewer, kind=kind, refs=refs, older=older, before=before)

    return show_list


async def show_record(ctx: Context, request: Request, viewer: Viewer) -> Response:
    """The card of a record, with its notes in full."""
    key = request.path_params["key"]
    try:
        entity = await load(ctx, key)
    except DeskError:
        return _not_found(key, viewer)
    if entity.key != key:
        return RedirectResponse(f"/{entity.key}")
    card = await entity.card(ctx)
    notes = await notes_on(ctx, entity)
    # Notes stand there in full and tags as chips, so neither stands among the related records.
    tags = [ref for ref in card.related if ref.id.startswith("TAG-")]
    related = [ref for ref in card.related if not ref.id.startswith(("TAG-", "NOTE-"))]
    told = str(await history(ctx, record=key))
    changes = [line.removeprefix("- ") for line in told.splitlines()[1:]]
    return _html(
        "record.html",
        viewer,
        card=card,
        notes=notes,
        tags=tags,
        related=related,
        changes=changes,
    )


def _not_found(key: str, viewer: Viewer) -> Response:
    sentence = f"There is no {key[:40]} that you can see."
    return _html("plain.html", viewer, 404, title="Not found", sentence=sentence)


def _plain(status: int, title: str, sentence: str) -> Response:
    return _html("plain.html", None, status, title=title, sentence=sentence)


def _html(template: str, viewer: Viewer | None, status: int = 200, **values: object) -> Response:
    page = TEMPLATES.get_template(template)
    return HTMLResponse(page.render(viewer=viewer, now=datetime.now(UTC), **values), status)
