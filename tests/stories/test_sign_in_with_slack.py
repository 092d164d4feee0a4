"""Sign in with Slack on the web view, against the playground's OpenID Connect."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import Engine, text

from bot.playground import CLIENT_ID, CLIENT_SECRET, openid
from bot.playground.nouns import User
from tests.fixtures import DANIEL, PRIYA, Desk, open_desk
from tests.stories.browser import browser

REFUSED = "Slack did not confirm who you are."


@pytest.fixture
async def desk(fresh_database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    client = {"slack_client_id": CLIENT_ID, "slack_client_secret": CLIENT_SECRET}
    async with open_desk(fresh_database, tmp_path, **client) as desk:
        yield desk


@pytest.fixture
async def visitor(desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    async with browser(desk) as client:
        yield client


async def at_slack(client: httpx2.AsyncClient, path: str = "/TKT-37") -> str:
    """Press the button of the page, and return the address at Slack to which it leads."""
    page = await client.get(path)
    assert (page.status_code, "Sign in with Slack" in page.text) == (401, True)
    button = page.text.partition('class="button" href="')[2].partition('"')[0]
    sent = await client.get(button, follow_redirects=False)
    return str(sent.headers["location"])


async def signed_in(client: httpx2.AsyncClient, user: str, path: str = "/TKT-37") -> Any:
    return await client.get(f"{await at_slack(client, path)}&user={user}")


@pytest.mark.parametrize("person", [PRIYA, DANIEL])
@pytest.mark.parametrize("path", ["/TKT-37", "/", "/tickets"])
async def test_sign_in_with_slack_leads_to_the_page_that_was_asked_for(
    desk: Desk, visitor: httpx2.AsyncClient, person: int, path: str
) -> None:
    page = await signed_in(visitor, desk.user(person), path)
    assert (page.status_code, page.url.path, page.url.query) == (200, path, b"")
    assert f'href="/USR-{person}"' in page.text


async def test_sign_in_with_slack_sends_state_and_nonce(visitor: httpx2.AsyncClient) -> None:
    first, second = [parse_qs(urlsplit(await at_slack(visitor)).query) for _ in range(2)]
    assert first["scope"] == ["openid"]
    assert first["redirect_uri"][0].endswith("/sign-in/slack")
    for secret in ("state", "nonce"):
        assert len(first[secret][0]) >= 32
        assert first[secret] != second[secret]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"is_restricted": True}, "full members"),
        ({"deleted": True}, "full members"),
        ({"team_id": "T0OTHER000"}, "another workspace"),
    ],
    ids=["guest", "deactivated", "other workspace"],
)
async def test_sign_in_tells_people_whom_the_desk_does_not_serve_why(
    desk: Desk, visitor: httpx2.AsyncClient, change: dict[str, Any], sentence: str
) -> None:
    user = User(
        **{"id": "U0NEW", "name": "new", "real_name": "New", "email": "n@x.example"} | change
    )
    desk.slack.users[user.id] = user
    page = await signed_in(visitor, user.id)
    assert (page.status_code, sentence in page.text) == (403, True)
    assert (await visitor.get("/TKT-37")).status_code == 401


async def test_sign_in_of_a_deactivated_person_is_refused(
    desk: Desk, visitor: httpx2.AsyncClient, owner: Engine
) -> None:
    assert (await signed_in(visitor, desk.user(PRIYA))).status_code == 200
    with owner.begin() as connection:
        connection.execute(text(f"UPDATE people SET active = false WHERE id = {PRIYA}"))
    assert (await visitor.get("/TKT-37")).status_code == 401
    page = await signed_in(visitor, desk.user(PRIYA))
    assert (page.status_code, "switched off" in page.text) == (403, True)


# ---- answers that are not Slack's, or not for this browser


def claim(**changed: Any) -> Callable[..., str]:
    def sign(claims: dict[str, Any]) -> str:
        return REAL_SIGN({name: each for name, each in (claims | changed).items() if each != GONE})

    return sign


def keyed(header: dict[str, Any], key: Any) -> Callable[..., str]:
    def sign(claims: dict[str, Any]) -> str:
        kid = {"kid": openid.signing_key().kid}
        return jwt.encode(kid | header, claims, key(), algorithms=[header["alg"]])

    return sign


def unsigned(claims: dict[str, Any]) -> str:
    _, payload, _ = REAL_SIGN(claims).split(".")
    return f"eyJhbGciOiJub25lIn0.{payload}."


GONE = "gone"
REAL_SIGN = openid.sign
FORGERIES = {
    "issuer": claim(iss="https://evil.example"),
    "no issuer": claim(iss=GONE),
    "audience": claim(aud="another app"),
    "audience and party": claim(aud="another app", azp=CLIENT_ID),
    "no audience": claim(aud=GONE),
    "expired": claim(exp=int(time.time()) - 120),
    "no expiry": claim(exp=GONE),
    "nonce": claim(nonce="of another attempt"),
    "no nonce": claim(nonce=GONE),
    "other key": keyed({"alg": "RS256"}, lambda: RSAKey.generate_key(2048)),
    "shared secret": keyed({"alg": "HS256"}, lambda: OctKey.import_key(CLIENT_SECRET)),
    "unsigned": unsigned,
    "no token": lambda claims: "",
    "nonsense": lambda claims: "a.b.c",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_sign_in_with_a_forged_token_is_refused(
    desk: Desk, visitor: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, forge: Any
) -> None:
    monkeypatch.setattr(openid, "sign", forge)
    page = await signed_in(visitor, desk.user(PRIYA))
    assert (page.status_code, REFUSED in page.text) == (403, True)
    assert (await visitor.get("/TKT-37")).status_code == 401


@pytest.mark.parametrize(
    "query", ["", "state={state}", "code=x", "code=x&state=y", "code=x&state="]
)
async def test_sign_in_answer_without_our_state_and_a_code_is_refused(
    visitor: httpx2.AsyncClient, query: str
) -> None:
    state = parse_qs(urlsplit(await at_slack(visitor)).query)["state"][0]
    page = await visitor.get(f"/sign-in/slack?{query.format(state=state)}&error=access_denied")
    assert (page.status_code, REFUSED in page.text) == (403, True)


async def test_sign_in_answer_that_reaches_another_browser_is_refused(
    desk: Desk, visitor: httpx2.AsyncClient
) -> None:
    address = f"{await at_slack(visitor)}&user={desk.user(DANIEL)}"
    back = (await visitor.get(address, follow_redirects=False)).headers["location"]
    async with browser(desk) as other:
        await at_slack(other)
        assert (await other.get(back)).status_code == 403
    assert (await visitor.get(back)).status_code == 200
    visitor.cookies.clear()
    assert (await visitor.get(back)).status_code == 403  # it was for once


@pytest.mark.parametrize("error", ["invalid_code", "bad_client_secret", "ratelimited"])
async def test_sign_in_that_slack_refuses_is_explained_in_a_sentence(
    desk: Desk, visitor: httpx2.AsyncClient, error: str
) -> None:
    desk.slack.fail("openid.connect.token", error=error)
    page = await signed_in(visitor, desk.user(PRIYA))
    assert (page.status_code, REFUSED in page.text) == (403, True)


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "/a/b", "javascript:x"]
)
async def test_sign_in_with_slack_redirects_to_no_other_site(
    desk: Desk, visitor: httpx2.AsyncClient, path: str
) -> None:
    sent = await visitor.get("/sign-in", params={"next": path}, follow_redirects=False)
    page = await visitor.get(f"{sent.headers['location']}&user={desk.user(PRIYA)}")
    assert (page.status_code, page.url.host, page.url.path) == (200, "127.0.0.1", "/")


async def test_bot_answers_though_sign_in_with_slack_is_configured(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bolt would take these variables for its OAuth settings, and ignore the bot token."""
    monkeypatch.setenv("SLACK_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("SLACK_CLIENT_SECRET", CLIENT_SECRET)
    async with open_desk(fresh_database, tmp_path) as desk:
        answer = await desk.ask(PRIYA, "what laptop do I have")
        assert "MAC-5" in str(answer.blocks)
