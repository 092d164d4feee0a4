"""Sign in with Slack: the page where one chooses a person, and the signed token that names them."""

import html
import secrets
import time
from collections.abc import Sequence
from functools import cache
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.playground.faults import SlackError
from bot.playground.nouns import CLIENT_ID, CLIENT_SECRET, Json, User
from bot.playground.web_api import method
from bot.playground.workspace import Workspace

VALID = 300
"""Seconds for which a token is valid."""

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sign in with Slack</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/playground/static/base.css">
<main class="home"><h1>Sign in with Slack</h1><p>Who are you?</p><ul>{people}</ul></main></html>
"""
_PERSON = '<li><a href="?{query}">{name}</a></li>'


@cache
def signing_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": secrets.token_hex(8)})


def routes(workspace: Workspace) -> Sequence[Route]:
    async def authorize(request: Request) -> Response:
        return _authorize(workspace, request)

    async def keys(_: Request) -> Response:
        return JSONResponse({"keys": [signing_key().as_dict(private=False)]})

    return Route("/authorize", authorize), Route("/keys", keys)


def _authorize(workspace: Workspace, request: Request) -> Response:
    """Ask which person signs in, and redirect back with a code that can be exchanged once."""
    asked = dict(request.query_params)
    if asked.get("client_id") != CLIENT_ID or "redirect_uri" not in asked:
        return PlainTextResponse("invalid_client_id", 400)
    user = workspace.users.get(asked.get("user", ""))
    if user is None:
        people = "".join(
            _PERSON.format(
                query=html.escape(urlencode(asked | {"user": each.id})),
                name=html.escape(each.real_name),
            )
            for each in workspace.users.values()
            if not each.is_bot
        )
        return HTMLResponse(_PAGE.format(people=people))
    code = secrets.token_urlsafe(18)
    workspace.codes[code] = {"user": user.id, "asked": asked}
    back = urlencode({"code": code, "state": asked.get("state", "")})
    return Response(status_code=302, headers={"Location": f"{asked['redirect_uri']}?{back}"})


@method("openid.connect.token")
def openid_connect_token(workspace: Workspace, args: Json) -> Json:
    if (args.get("client_id"), args.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        raise SlackError("bad_client_secret")
    found = workspace.codes.pop(args.get("code", ""), None)
    if not found:
        raise SlackError("invalid_code")
    if found["asked"]["redirect_uri"] != args.get("redirect_uri"):
        raise SlackError("bad_redirect_uri")
    claims = claims_of(workspace, workspace.users[found["user"]], found["asked"].get("nonce", ""))
    return {"access_token": "xoxp-0", "token_type": "Bearer", "id_token": sign(claims)}


def claims_of(workspace: Workspace, user: User, nonce: str) -> Json:
    now = int(time.time())
    return {
        "iss": workspace.url,
        "sub": user.id,
        "aud": CLIENT_ID,
        "exp": now + VALID,
        "iat": now,
        "auth_time": now,
        "nonce": nonce,
        "https://slack.com/team_id": user.team_id,
        "https://slack.com/user_id": user.id,
    }


def sign(claims: Json) -> str:
    key = signing_key()
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)
