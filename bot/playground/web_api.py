"""Entrance of the Web API: reads a call, checks the token, runs the method, answers as Slack."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.playground.faults import Call, Fault, SlackError
from bot.playground.nouns import Json
from bot.playground.workspace import Workspace

Method = Callable[[Workspace, Json], Json]
METHODS: dict[str, Method] = {}
LATE = 0.5
"""Seconds from the closed connection until a method is run, if the fault says `drop="late"`."""

# Arguments that a form carries as JSON text.
_STRUCTURED = {"blocks", "view", "attachments", "metadata", "prompts", "chunks"}
_STRUCTURED |= {"loading_messages"}
_TOKENLESS = {"openid.connect.token"}
_APP_TOKEN = {"apps.connections.open"}


def method(name: str) -> Callable[[Method], Method]:
    """Register a Web API method under Slack's name."""

    def register(run: Method) -> Method:
        METHODS[name] = run
        return run

    return register


async def serve(workspace: Workspace, request: Request) -> Response:
    name = request.path_params["method"]
    args = await _arguments(request)
    given = _token(request, args)
    call = Call(name, args)
    workspace.calls.append(call)
    fault = workspace.faults.take(name)
    if fault and (failure := await _fail_before(workspace, fault, call)):
        workspace.changes.tell({"type": "call"})
        return failure
    call.answer = await _run(workspace, call, given)
    workspace.changes.tell({"type": "call"})
    if fault and fault.drop == "after":
        return _failure(fault, call) if fault.error else DroppedConnection()
    return JSONResponse(call.answer)


async def _run(workspace: Workspace, call: Call, token: str) -> Json:
    try:
        _authenticate(workspace, call.method, token)
        if call.method == "apps.connections.open":
            return {"ok": True, "url": await workspace.delivery.socket.open()}
        if call.method not in METHODS:
            raise SlackError("unknown_method", req_method=call.method)
        return {"ok": True} | METHODS[call.method](workspace, call.args)
    except SlackError as error:
        return error.answer


def _authenticate(workspace: Workspace, name: str, token: str) -> None:
    if name in _TOKENLESS:
        return
    if not token:
        raise SlackError("not_authed")
    right, other = workspace.bot_token, workspace.app_token
    if name in _APP_TOKEN:
        right, other = other, right
    if token == other:
        raise SlackError("not_allowed_token_type")
    if token != right:
        raise SlackError("invalid_auth")


def _run_late(workspace: Workspace, call: Call) -> None:
    with contextlib.suppress(SlackError):  # nobody waits for its answer any more
        METHODS[call.method](workspace, call.args)


async def _fail_before(workspace: Workspace, fault: Fault, call: Call) -> Response | None:
    """Return the answer of a fault that keeps the method from running; None if it may run."""
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.drop == "late":
        asyncio.get_running_loop().call_later(LATE, _run_late, workspace, call)
    if fault.drop in ("before", "late"):
        return DroppedConnection()
    if fault.page:
        return HTMLResponse("<html>Bad gateway</html>", fault.status)
    if fault.drop == "after" or (fault.status == 200 and not fault.error):
        return None
    return _failure(fault, call)


def _failure(fault: Fault, call: Call) -> Response:
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
    error = fault.error or ("ratelimited" if fault.status == 429 else "internal_error")
    call.answer, call.status = {"ok": False, "error": error}, fault.status
    return JSONResponse(call.answer, fault.status, headers)


async def _arguments(request: Request) -> Json:
    """Return the arguments from the query, a form or JSON: the SDK uses all three."""
    args: Json = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        body = await request.body()
        return args | (json.loads(body) if body else {})
    async with request.form() as form:
        args |= dict(form)
    return {key: _structured(key, value) for key, value in args.items()}


def _structured(key: str, value: Any) -> Any:
    if key not in _STRUCTURED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _token(request: Request, args: Json) -> str:
    in_body = str(args.pop("token", "") or "")
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip() or in_body


class DroppedConnection(Response):
    """Closes the connection without an answer, like a broken network."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # ASGI has no word for it. A header that can't be written makes the server give up on
        # the connection before its first byte; the complaint that it raises here is the point.
        unwritable = [(b"broken", b"\r\n")]
        with contextlib.suppress(Exception):
            await send({"type": "http.response.start", "status": 200, "headers": unwritable})
