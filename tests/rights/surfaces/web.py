"""The web view as a surface: pages, lists and searches."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from starlette.applications import Starlette

from bot.cli.serve import web_view
from bot.web.session import COOKIE
from services.entities.registry import ENTITY_TYPES
from services.sessions import begin_session
from tests.rights.surfaces.registry import Run, listed, surface, typical
from tests.rights.surfaces.stage import WEB, Shown, Stage
from tests.rights.world import ABSENT, TURN, WORDS, Viewer


@asynccontextmanager
async def browser(stage: Stage, viewer: Viewer) -> AsyncIterator[httpx2.AsyncClient]:
    async def healthy() -> bool:
        return True

    routes = web_view(stage.runtime, healthy)
    transport = httpx2.ASGITransport(app=Starlette(routes=routes))
    cookies = {}
    if viewer.person:
        cookies[COOKIE] = await begin_session(stage.database, viewer.person)
    async with httpx2.AsyncClient(transport=transport, base_url=WEB, cookies=cookies) as client:
        yield client


@surface("web: page of a record", typical(), routes=["/{key:path}"])
async def web_page(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async with browser(stage, viewer) as client:

        async def ask(key: str) -> str:
            page = await client.get(f"/{key}")
            return f"{page.status_code} {sorted(page.headers)} {page.text}"

        await stage.open_each(shown, stage.world.typical(viewer), ask)


def web_list(prefix: str) -> Run:
    async def run(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        path: str | None = f"/{ENTITY_TYPES[prefix].plural}"
        async with browser(stage, viewer) as client:
            while path:
                page = (await client.get(path)).text
                shown.words.append(page)
                main = page.partition('<main id="main">')[2].partition('<nav class="pages"')
                rows = [key.split('"')[0] for key in main[0].split('href="/')[1:]]
                shown.opened.update(key for key in rows if key.startswith(f"{prefix}-"))
                older = [part for part in main[2].split('href="') if 'rel="next"' in part]
                path = older[0].split('"')[0] if older else None

    return run


for _prefix, _kind in ENTITY_TYPES.items():
    _route = f"/{_kind.plural}"
    surface(f"web: list of {_kind.plural}", listed(_prefix), routes=[_route])(web_list(_prefix))


@surface("web: start, health and files", routes=["/", "/healthz", "/metrics", "/static"])
async def web_start(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async with browser(stage, viewer) as client:
        for path in ("/", "/healthz", "/metrics", "/static/web.css"):
            shown.words.append((await client.get(path)).text)


@surface("web: settings", routes=["/settings"])
async def web_settings(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async with browser(stage, viewer) as client:
        page = (await client.get("/settings")).text
    may = stage.world.cell(viewer.column, "setting", "any").startswith("see")
    if ("Zero data retention" in page) != may:
        shown.wrong.append(page)


@surface(
    "web: signing in and out",
    routes=["/sign-in", "/sign-in/slack", "/sign-in/pass", "/sign-out"],
)
async def web_sign_in(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async with browser(stage, viewer) as client:
        for path in ("/sign-in", "/sign-in/slack"):
            shown.words.append((await client.get(path)).text)
        form = {"pass": "forged", "path": "/TKT-1"}
        for path in ("/sign-in/pass", "/sign-out"):
            shown.words.append((await client.post(path, data=form)).text)


@surface(
    "web: conversations of somebody else", routes=["/conversations", "/conversations/{number}"]
)
async def web_conversations(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async with browser(stage, viewer) as client:
        for path in ("/conversations", f"/conversations/{TURN}", f"/conversations/{ABSENT}"):
            words = (await client.get(path)).text
            shown.wrong += [path] if WORDS in words else []
            shown.words.append(words)
