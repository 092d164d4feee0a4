"""Signing in with the pass of a card, a one-time token in its link, and signing out.

GET with a pass changes nothing, because programs open links too, for previews and scans. The page
at that address sends the pass by POST, which uses it up; see docs/decisions/0015.
"""

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.runtime import Runtime
from bot.web.pages import html
from bot.web.session import COOKIE, Viewer, find_viewer, keep_session
from services.sessions import end_session, pass_owner, use_pass

NOT_SIGNED_IN = "You are not signed in here"
ENDED = "This link no longer works"
FROM_SLACK = "Open this page from Slack: press the record's button there, then “Open page”."
FROM_SLACK_AGAIN = (
    "A link of “Open page” works once, and only for ten minutes. Press the record's button in Slack"
    " again, then the new “Open page”."
)
OR_HERE = " Or sign in here with your Slack account."

_PATH = re.compile(r"/(?:[A-Za-z0-9-]+(?:/[0-9]{1,18}+)?)?")


def page_path(given: str) -> str:
    """Return the path if it is one of the web view, and that of the start page otherwise."""
    return given if _PATH.fullmatch(given) else "/"


def ask_to_sign_in(runtime: Runtime, path: str, *, ended: bool = False) -> Response:
    """Return the page that says how to open `path`, with Sign in with Slack where it is set up."""
    by_slack = runtime.settings.signs_in_with_slack
    return html(
        "sign_in.html",
        None,
        401,
        title=ENDED if ended else NOT_SIGNED_IN,
        sentence=(FROM_SLACK_AGAIN if ended else FROM_SLACK) + (OR_HERE if by_slack else ""),
        path=page_path(path) if by_slack else None,
    )


async def open_with_pass(runtime: Runtime, request: Request, viewer: Viewer | None) -> Response:
    """Answer GET of the address behind a card's “Open page”; the pass is not used up."""
    path, token = page_path(request.scope["path"]), request.query_params["pass"]
    obstacle = await _obstacle(runtime, path, token, viewer)
    return obstacle or html("enter.html", None, path=path, token=token)


async def enter(runtime: Runtime, request: Request) -> Response:
    """Exchange the pass for a session, and go on to the page's address without it."""
    async with request.form() as form:
        token, path = str(form.get("pass", "")), page_path(str(form.get("path", "")))
    viewer = await find_viewer(runtime, request)
    if obstacle := await _obstacle(runtime, path, token, viewer):
        return obstacle
    session = await use_pass(runtime.database, token, path)
    if session is None:  # another browser was faster
        return ask_to_sign_in(runtime, path, ended=True)
    response = RedirectResponse(path, 303)
    keep_session(response, runtime, session)
    return response


async def _obstacle(
    runtime: Runtime, path: str, token: str, viewer: Viewer | None
) -> Response | None:
    """Return the answer for a pass that this browser cannot use; None if it can."""
    owner = await pass_owner(runtime.database, token, path)
    if viewer and owner in (None, viewer.actor.person_id):
        return RedirectResponse(path, 303)  # the session is enough, or decides what to say
    if viewer:
        return html("foreign.html", viewer, 403)
    return ask_to_sign_in(runtime, path, ended=True) if owner is None else None


async def sign_out(runtime: Runtime, request: Request) -> Response:
    """End the session of this browser."""
    await end_session(runtime.database, request.cookies.get(COOKIE, ""))
    sentence = "To sign in again, press a record's button in Slack, then “Open page”."
    response = html("plain.html", None, title="You are signed out", sentence=sentence)
    response.delete_cookie(COOKIE)
    return response
