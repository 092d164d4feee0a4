"""The web view over HTTP: headers, methods, health, and what fails."""

from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest
from sqlalchemy import Connection, text
from starlette.applications import Starlette
from structlog.testing import capture_logs

from bot.cli.serve import web_view
from bot.http_limits import MAX_BODY
from bot.runtime import Runtime
from bot.web.session import COOKIE
from services.storage.database import Database
from tests.bot.web.browsing import SETTINGS, Web, site
from tests.fixtures import DANIEL, PRIYA
from tests.patient import short_waits

# ---- HTTP


async def test_every_response_of_the_web_view_has_the_security_headers(web: Web) -> None:
    browser = web(DANIEL)
    paths = ["/", "/TKT-12", "/nope", "/a/b", "/healthz", "/static/web.css", "/static/nope"]
    answers = [await browser.get(path) for path in paths]
    answers += [await web().get("/TKT-12"), await browser.post("/TKT-12")]
    for answer in answers:
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
    assert answers[1].headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/", "/TKT-12", "/tickets", "/nope", "/healthz", "/static/web.css"]
)
async def test_web_pages_refuse_post_and_delete(web: Web, path: str) -> None:
    browser = web(DANIEL)
    assert (await browser.post(path)).status_code == 405
    assert (await browser.delete(path)).status_code == 405
    assert (await browser.head(path)).status_code in (200, 404)


@pytest.mark.parametrize(
    "path", ["//evil.example", "///evil.example", "/%2f/evil.example", "/%09/a"]
)
async def test_signed_in_person_is_not_redirected_to_another_site(web: Web, path: str) -> None:
    answer = await web(PRIYA).get(f"http://desk.test{path}?pass=x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


REFUSED: dict[str, tuple[int, dict[str, Any]]] = {
    "too large": (413, {"content": b"a" * (MAX_BODY + 1)}),
    "many fields": (400, {"data": {str(number): "" for number in range(5000)}}),
    "no boundary": (400, {"content": b"a", "headers": {"Content-Type": "multipart/form-data"}}),
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(("status", "sent"), REFUSED.values(), ids=REFUSED)
async def test_refused_form_is_no_error_of_the_desk(
    web: Web, status: int, sent: dict[str, Any]
) -> None:
    with capture_logs() as logs:
        answer = await web().post("/sign-in/pass", **{"headers": FORM, **sent})
    assert (answer.status_code, logs) == (status, [])
    assert "content-security-policy" in answer.headers


async def test_web_view_does_not_take_paths_of_other_routes(web: Web) -> None:
    browser = web(PRIYA)
    assert (await browser.get("/playground/")).text == "a neighbour"
    assert (await browser.get("/playground", follow_redirects=True)).text == "a neighbour"
    assert (await browser.get("/tickets/", follow_redirects=True)).status_code == 200


async def test_pages_are_printed_on_white_whatever_the_theme_is(web: Web) -> None:
    sheet = (await web().get("/static/web.css")).text
    printed = sheet.partition(':root[data-theme="dark"]')[2].partition("@media print {")[2]
    assert ":root, :root[data-theme] { color-scheme: light; --page: #fff; }" in printed


# ---- health, and a database that is away


async def test_healthz_reports_an_outdated_database_schema(web: Web, owner: Connection) -> None:
    ready = await web().get("/healthz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    owner.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    broken = await web().get("/healthz")
    assert (broken.status_code, broken.json()["status"]) == (503, "broken")
    assert "schema" in broken.json()["why"]


async def test_healthz_reports_a_missing_socket_mode_connection(database: Database) -> None:
    async def yes() -> bool:
        return True

    async def no() -> bool:
        return False

    runtime = cast(Runtime, SimpleNamespace(database=database, settings=SETTINGS))
    for hears, status in ((yes, 200), (no, 503)):
        app = Starlette(routes=web_view(runtime, yes, hears))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app)) as browser:
            health = await browser.get("http://desk.test/healthz")
        assert health.status_code == status
    assert health.json()["why"].startswith("There is no connection to Slack")


async def test_web_page_says_that_the_database_cannot_be_reached() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nowhere")
    transport = httpx2.ASGITransport(app=site(database))
    cookies = {COOKIE: "a session"}
    with short_waits():
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://desk.test", cookies=cookies
        ) as browser:
            page, health = await browser.get("/TKT-37"), await browser.get("/healthz")
    assert page.status_code == 503
    assert "reach its database" in page.text
    assert (health.status_code, health.json()["why"]) == (503, "The database does not answer.")


async def test_web_page_that_fails_reveals_no_details_of_the_error(
    web: Web, monkeypatch: Any
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("bot.web.pages.notes_on", fail)
    page = await web(DANIEL).get("/TKT-12")
    assert page.status_code == 500
    assert "This page could not be shown" in page.text
    assert "secret" not in page.text
