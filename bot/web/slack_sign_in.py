"""Sign in with Slack: OpenID Connect as https://docs.slack.dev/authentication/sign-in-with-slack.

Slack says who somebody is, in a token that is checked in full: signature, issuer, audience, expiry,
nonce and workspace.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.runtime import Identity, Runtime
from bot.web.pages import html
from bot.web.session import keep_session, set_cookie
from bot.web.sign_in import ask_to_sign_in, page_path
from services.entities.person import Person
from services.errors import NotAllowed
from services.sessions import begin_session

log = structlog.get_logger()

Identify = Callable[[str], Awaitable[Person]]
Claims = dict[str, Any]

ATTEMPT = "desk_sign_in"
"""The cookie that ties Slack's answer to the browser that asked: state, nonce and path."""
ATTEMPT_SECONDS = 600
CALLBACK = "/sign-in/slack"
SCOPES = "openid"
ALGORITHMS = ["RS256"]
LEEWAY = 60
"""The maximum difference in seconds between Slack's clock and ours."""
PATIENCE = aiohttp.ClientTimeout(total=10)

UNCONFIRMED = (
    JoseError,
    SlackApiError,
    aiohttp.ClientError,
    TimeoutError,
    LookupError,
    TypeError,
    ValueError,
)
"""The exceptions that mean that Slack did not confirm a person, or did not answer."""

FAILED = "Slack did not confirm who you are. Please try again."
ELSEWHERE = "Your Slack account belongs to another workspace than this desk."


@dataclass(frozen=True, slots=True)
class SlackSignIn:
    """The two steps of signing in: redirecting to Slack, and reading Slack's answer."""

    identify: Identify

    async def begin(self, runtime: Runtime, request: Request) -> Response:
        """Redirect the browser to Slack's page for signing in."""
        path = page_path(request.query_params.get("next", "/"))
        if not runtime.settings.signs_in_with_slack:
            return ask_to_sign_in(runtime, path)
        state, nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        query = {
            "response_type": "code",
            "scope": SCOPES,
            "client_id": runtime.settings.slack_client_id,
            "redirect_uri": _callback(runtime),
            "state": state,
            "nonce": nonce,
            "team": runtime.bot.team_id,
        }
        address = f"{_slack(runtime)}/openid/connect/authorize?{urlencode(query)}"
        response = RedirectResponse(address, 303)
        set_cookie(response, runtime, ATTEMPT, f"{state}.{nonce}.{path}", ATTEMPT_SECONDS)
        return response

    async def finish(self, runtime: Runtime, request: Request) -> Response:
        """Sign in the person whom Slack names, or say why not."""
        if not runtime.settings.signs_in_with_slack:
            return ask_to_sign_in(runtime, "/")
        try:
            path, claims = await _answer(runtime, request)
            _check_workspace(runtime.bot, claims)
            person = await self.identify(str(claims["https://slack.com/user_id"]))
        except NotAllowed as error:
            return _refused(str(error))
        except UNCONFIRMED as error:
            log.warning("slack_sign_in_failed", error=type(error).__name__)
            return _refused(FAILED)
        response = RedirectResponse(path, 303)
        keep_session(response, runtime, await begin_session(runtime.database, person.id))
        response.delete_cookie(ATTEMPT)
        return response


async def _answer(runtime: Runtime, request: Request) -> tuple[str, Claims]:
    """Return the path to go on to and what Slack's token claims.

    Raises `NotAllowed` if another browser began, or the person refused at Slack.
    """
    state, _, rest = request.cookies.get(ATTEMPT, "").partition(".")
    nonce, _, path = rest.partition(".")
    given = request.query_params
    ours = bool(state) and hmac.compare_digest(state.encode(), given.get("state", "").encode())
    if not ours or "code" not in given:
        raise NotAllowed(FAILED)
    token = await _token(runtime, given["code"])
    return page_path(path), await _verified(runtime, token, nonce)


async def _token(runtime: Runtime, code: str) -> str:
    # The app names itself by its secret. The bot's token would be another identity, and the SDK's
    # openid_connect_token() calls what aiohttp has deprecated.
    slack = AsyncWebClient(base_url=runtime.slack.base_url, session=runtime.slack.session)
    asked = {
        "client_id": runtime.settings.slack_client_id,
        "client_secret": runtime.settings.slack_client_secret,
        "code": code,
        "redirect_uri": _callback(runtime),
        "grant_type": "authorization_code",
    }
    return str((await slack.api_call("openid.connect.token", data=asked))["id_token"])


async def _verified(runtime: Runtime, token: str, nonce: str) -> Claims:
    """Return the claims of a token that Slack has signed for this app and this attempt."""
    keys = KeySet.import_key_set(await _keys(runtime))
    claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": _slack(runtime)},
        aud={"essential": True, "value": str(runtime.settings.slack_client_id)},
        exp={"essential": True},
        nonce={"essential": True, "value": nonce},
    ).validate(claims)
    return claims


async def _keys(runtime: Runtime) -> Any:
    session = runtime.slack.session
    assert session  # noqa: S101 - the process has one for all its calls
    address = f"{_slack(runtime)}/openid/connect/keys"
    async with session.get(address, timeout=PATIENCE) as answer:
        answer.raise_for_status()
        return await answer.json()


def _check_workspace(bot: Identity, claims: Claims) -> None:
    ours = claims.get("https://slack.com/team_id") == bot.team_id
    of_organization = bot.enterprise_id and (
        claims.get("https://slack.com/enterprise_id") == bot.enterprise_id
    )
    if not (ours or of_organization):
        raise NotAllowed(ELSEWHERE)


def _refused(sentence: str) -> Response:
    return html("plain.html", None, 403, title="You are not signed in here", sentence=sentence)


def _callback(runtime: Runtime) -> str:
    return f"{runtime.settings.web_url}{CALLBACK}"


def _slack(runtime: Runtime) -> str:
    """Return Slack's own address, which is the issuer of its tokens."""
    return runtime.settings.slack_api_url.removesuffix("/api/")
