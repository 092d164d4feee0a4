"""The playground as a Starlette application: the Web API, response URLs and the browser page."""

import json
from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.playground import methods_chat, methods_other, openid, response_url, web_api
from bot.playground.faults import SlackError
from bot.playground.guard import Guard
from bot.playground.guide import Guide
from bot.playground.page import Command, Page
from bot.playground.workspace import Workspace

STATIC = Path(__file__).parent / "static"
NO_GUIDE = Guide()
# Importing them is what registers the methods.
METHOD_MODULES = (methods_chat, methods_other, openid)


def playground(
    workspace: Workspace,
    *,
    commands: Sequence[Command] = (),
    session: str = "",
    guide: Guide = NO_GUIDE,
) -> Starlette:
    """Return the application, to be mounted at the path of `workspace.url`.

    `session` is the name of the web view's session cookie; the cookie is deleted when the browser
    switches to another person.
    """
    page = Page(workspace, commands, session, guide)

    async def api(request: Request) -> Response:
        return await web_api.serve(workspace, request)

    async def respond(request: Request) -> Response:
        return await _respond(workspace, request)

    return Starlette(
        routes=[
            Route("/", _index),
            Route("/api/{method:path}", api, methods=["GET", "POST"]),
            Route("/response/{token}", respond, methods=["POST"]),
            Mount("/page", routes=page.routes()),
            Mount("/openid/connect", routes=openid.routes(workspace)),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard)],
    )


async def _index(_: Request) -> Response:
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


async def _respond(workspace: Workspace, request: Request) -> Response:
    raw = await request.body()
    if fault := workspace.faults.take("response_url"):
        return JSONResponse({"ok": False, "error": fault.error}, fault.status)
    try:
        response_url.answer(workspace, request.path_params["token"], json.loads(raw or b"{}"))
    except ValueError:
        return PlainTextResponse("invalid_payload", 400)
    except SlackError as error:
        return JSONResponse(error.answer, 404)
    return PlainTextResponse("ok")
