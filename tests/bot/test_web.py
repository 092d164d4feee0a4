"""The web view, over HTTP, as the people of the demo company."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from bot.cli.serve import web_view
from bot.runtime import Runtime
from bot.web.session import COOKIE
from bot.web.templating import ago
from services.entities.registry import ENTITY_TYPES
from services.sanitize import sanitize
from services.sessions import begin_session
from services.settings import Settings
from services.storage.database import Database
from services.storage.migrate import is_current
from tests.fixtures import DANIEL, MARCUS, PRIYA
from tests.patient import short_waits

SETTINGS = Settings.load(_env_file=None)
Web = Callable[..., httpx2.AsyncClient]


async def neighbour(request: Request) -> PlainTextResponse:
    return PlainTextResponse("a neighbour")


def site(database: Database) -> Starlette:
    """Return the web view as the desk serves it, in front of another surface."""

    async def healthy() -> bool:
        return await is_current(database)

    runtime = cast(Runtime, SimpleNamespace(database=database, settings=SETTINGS))
    others = [Mount("/playground", routes=[Route("/", neighbour)])]
    return Starlette(routes=[*web_view(runtime, healthy), *others])


@pytest.fixture
async def web(database: Database) -> AsyncIterator[Web]:
    """`web(PRIYA)` is her browser, `web()` one that is not signed in."""
    transport = httpx2.ASGITransport(app=site(database))
    sessions = {each: await begin_session(database, each) for each in (PRIYA, DANIEL, MARCUS)}
    async with AsyncExitStack() as stack:

        def browser(person: int | None = None, cookie: str = "") -> httpx2.AsyncClient:
            cookie = sessions[person] if person else cookie
            cookies = {COOKIE: cookie} if cookie else {}
            client = httpx2.AsyncClient(
                transport=transport, base_url="http://desk.test", cookies=cookies
            )
            stack.push_async_callback(client.aclose)
            return client

        yield browser


@pytest.fixture
def owner(owner: Engine) -> Iterator[Connection]:
    """The database's owner, who may change everything; commits at once."""
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def main_of(page: httpx2.Response) -> str:
    return page.text.partition('<main id="main">')[2]


# ---- records


async def test_ticket_page_shows_fields_text_and_notes(web: Web) -> None:
    page = await web(DANIEL).get("/TKT-12")
    assert page.status_code == 200
    assert "<title>TKT-12 Screens go black when docked · Deskhand</title>" in page.text
    assert '<span class="pill violet">Assigned</span>' in page.text
    assert 'href="/USR-14"' in page.text
    assert 'href="/MAC-17"' in page.text
    assert "Updated the dock firmware to 1.0.22." in page.text


async def test_notes_are_shown_once_and_tags_as_chips(web: Web) -> None:
    page = await web(DANIEL).get("/TKT-12")
    assert page.text.count('href="/NOTE-21"') == 1
    assert re.search(r'class="chip" href="/TAG-\d+" dir="auto">cause: dock', page.text)
    assert "<h2>Related</h2>" not in page.text


@pytest.mark.parametrize("key", [f"{prefix}-1" for prefix in ENTITY_TYPES])
async def test_every_record_type_has_a_page(web: Web, key: str) -> None:
    page = await web(MARCUS).get(f"/{key}")
    assert page.status_code == 200
    assert f'id="record-id">{key}<' in page.text


@pytest.mark.parametrize("typed", ["/tkt-12", "/Tkt-12", "/tKT-12"])
async def test_lower_case_id_redirects_to_the_record(web: Web, typed: str) -> None:
    page = await web(DANIEL).get(typed)
    assert (page.status_code, page.headers["location"]) == (307, "/TKT-12")


async def test_every_link_of_a_page_works(web: Web) -> None:
    browser = web(PRIYA)
    for path in ("/", "/TKT-37", "/USR-5", "/tickets"):
        page = await browser.get(path)
        for link in dict.fromkeys(re.findall(r'(?:href|src)="(/[^"]*)"', page.text)):
            assert (await browser.get(link)).status_code == 200, link


# ---- rights


async def test_internal_notes_are_shown_to_technicians_only(web: Web, owner: Connection) -> None:
    owner.execute(
        text(
            "INSERT INTO notes (on_kind, on_id, author_id, text, internal)"
            " VALUES ('TKT', 37, 6, 'Not for her eyes', true)"
        )
    )
    assert "Not for her eyes" in (await web(DANIEL).get("/TKT-37")).text
    assert "Not for her eyes" not in (await web(PRIYA).get("/TKT-37")).text


async def test_hidden_absent_and_malformed_records_look_the_same(web: Web) -> None:
    looks = set()
    for key in ("TKT-12", "TKT-999", "TKT-0", "FOO-1", "tickets-", "TKT-999999999999999999"):
        page = await web(PRIYA).get(f"/{key}")
        assert page.status_code == 404
        assert f"There is no {key} that you can see." in page.text
        looks.add(page.text.replace(key, "KEY"))
    assert len(looks) == 1


async def test_every_path_answers_alike_without_a_session(web: Web) -> None:
    pages = [await web().get(path) for path in ("/TKT-12", "/TKT-999", "/", "/tickets", "/foo")]
    assert {page.status_code for page in pages} == {401}
    assert len({page.text for page in pages}) == 1
    assert "Open this page from Slack" in pages[0].text


@given(cookie=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=';",')))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
async def test_forged_session_signs_nobody_in(web: Web, cookie: str) -> None:
    assert (await web(cookie=cookie).get("/")).status_code == 401


async def test_stored_hash_of_a_session_signs_nobody_in(web: Web, owner: Connection) -> None:
    assert (await web(PRIYA).get("/")).status_code == 200
    for stored in owner.scalars(text("SELECT hash FROM sessions")).all():
        assert (await web(cookie=stored).get("/")).status_code == 401


@pytest.mark.parametrize(
    ("column", "hours", "status"),
    [
        ("began_at", 11.9, 200),
        ("began_at", 12.1, 401),
        ("seen_at", 1.9, 200),
        ("seen_at", 2.1, 401),
    ],
)
async def test_session_ends_when_old_or_idle(
    web: Web, owner: Connection, column: str, hours: float, status: int
) -> None:
    passed = {"passed": timedelta(hours=hours)}
    owner.execute(text(f"UPDATE sessions SET {column} = {column} - :passed"), passed)
    assert (await web(PRIYA).get("/")).status_code == status


async def test_pages_keep_a_session_from_being_idle(web: Web, owner: Connection) -> None:
    browser = web(PRIYA)
    for _ in range(3):
        owner.execute(text("UPDATE sessions SET seen_at = seen_at - interval '100 minutes'"))
        assert (await browser.get("/")).status_code == 200


async def test_session_does_not_return_with_the_account(web: Web, owner: Connection) -> None:
    browser = web(PRIYA)
    for active in ("false", "true"):
        owner.execute(text(f"UPDATE people SET active = {active} WHERE id = {PRIYA}"))
        assert (await browser.get("/TKT-37")).status_code == 401


async def test_signed_out_browser_reads_nothing(web: Web) -> None:
    browser = web(PRIYA)
    assert "Sign out" in (await browser.get("/TKT-37")).text
    kept = browser.cookies[COOKIE]
    assert "You are signed out" in (await browser.post("/sign-out")).text
    assert (await browser.get("/TKT-37")).status_code == 401
    assert (await web(cookie=kept).get("/TKT-37")).status_code == 401


async def test_changed_role_counts_at_the_next_request(web: Web, owner: Connection) -> None:
    browser = web(DANIEL)
    assert (await browser.get("/TKT-12")).status_code == 200
    owner.execute(text("UPDATE people SET role = 'requester' WHERE id = 6"))
    assert (await browser.get("/TKT-40")).status_code == 404
    owner.execute(text("UPDATE people SET active = false WHERE id = 6"))
    assert (await browser.get("/TKT-40")).status_code == 401


# ---- lists


async def test_list_is_paged_newest_first(web: Web) -> None:
    browser = web(MARCUS)
    first = await browser.get("/tickets")
    found = re.findall(r'<span class="id">(TKT-\d+)', main_of(first))
    assert len(found) == 50
    assert found[0] == "TKT-60"
    assert f'href="/tickets?before={found[-1]}"' in first.text
    second = await browser.get(f"/tickets?before={found[-1]}")
    found += re.findall(r'<span class="id">(TKT-\d+)', main_of(second))
    numbers = [int(key.removeprefix("TKT-")) for key in found]
    assert numbers == sorted(set(numbers), reverse=True)
    assert numbers[-1] == 1
    assert 'rel="next"' not in second.text


@pytest.mark.parametrize("kind", [kind.plural for kind in ENTITY_TYPES.values()])
async def test_every_record_type_has_a_list(web: Web, kind: str) -> None:
    assert 'class="rows"' in (await web(MARCUS).get(f"/{kind}")).text


async def test_pages_lead_to_tickets_first(web: Web) -> None:
    page = (await web(MARCUS).get("/")).text
    kinds = ["tickets", "machines", "people", "teams"]
    places = [page.index(f'href="/{each}"') for each in kinds]
    assert places == sorted(places)


async def test_list_holds_only_visible_records(web: Web) -> None:
    page = await web(PRIYA).get("/machines")
    assert set(re.findall(r"MAC-\d+", page.text)) == {"MAC-5", "MAC-6"}


@pytest.mark.parametrize("before", ["", "12", "MAC-12", "TKT-x", "TKT-1'--"])
async def test_malformed_page_of_a_list_gets_404(web: Web, before: str) -> None:
    page = await web(MARCUS).get("/tickets", params={"before": before})
    assert page.status_code == 404


async def test_home_shows_own_tickets_and_machines(web: Web) -> None:
    page = await web(PRIYA).get("/")
    assert "Your open tickets" in page.text
    assert {"MAC-5", "MAC-6", "TKT-37"} <= set(re.findall(r"[A-Z]+-\d+", main_of(page)))
    assert "Assigned to you" not in page.text
    assert "Assigned to you" in (await web(DANIEL).get("/")).text


# ---- whatever people write is text


async def test_markup_of_people_is_shown_as_text(web: Web, owner: Connection) -> None:
    owner.execute(
        text("UPDATE tickets SET name = :name, description = :words WHERE id = 37"),
        {"name": "<script>alert(1)</script>\"'", "words": "pay\u202e100\u202c \x1b[31m{{ 7*7 }}"},
    )
    page = await web(PRIYA).get("/TKT-37")
    assert "<script>alert" not in page.text
    assert "pay\ufffd100\ufffd \ufffd[31m{{ 7*7 }}" in page.text
    assert not set("\u202e\u202c\x1b") & set(page.text)


def test_ordinary_text_is_not_changed() -> None:
    words = "Zoë 👩\u200d💻 שלום\n\tdziękuję"
    assert sanitize(words) == words
    assert sanitize("two\r\nlines") == "two\nlines"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(hours=2, minutes=59), "2 hours ago"),
        (timedelta(hours=24), "1 day ago"),
        (timedelta(days=15), "2 weeks ago"),
        (timedelta(days=45), "1 month ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_times_are_shown_in_words(passed: timedelta, words: str) -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert ago(now - passed, now) == words


# ---- HTTP


async def test_every_response_has_the_strict_headers(web: Web) -> None:
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
async def test_pages_refuse_other_methods(web: Web, path: str) -> None:
    browser = web(DANIEL)
    assert (await browser.post(path)).status_code == 405
    assert (await browser.delete(path)).status_code == 405
    assert (await browser.head(path)).status_code in (200, 404)


async def test_paths_of_other_routes_stay_theirs(web: Web) -> None:
    browser = web(PRIYA)
    assert (await browser.get("/playground/")).text == "a neighbour"
    assert (await browser.get("/playground", follow_redirects=True)).text == "a neighbour"
    assert (await browser.get("/tickets/", follow_redirects=True)).status_code == 200


# ---- health, and a database that is away


async def test_outdated_schema_is_unhealthy(web: Web, owner: Connection) -> None:
    ready = await web().get("/healthz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    owner.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    broken = await web().get("/healthz")
    assert (broken.status_code, broken.json()["status"]) == (503, "broken")
    assert "schema" in broken.json()["why"]


async def test_missing_connection_to_slack_is_unhealthy(database: Database) -> None:
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


async def test_unreachable_database_gets_a_sentence() -> None:
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


async def test_failing_page_reveals_nothing(web: Web, monkeypatch: Any) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("bot.web.pages.notes_on", fail)
    page = await web(DANIEL).get("/TKT-12")
    assert page.status_code == 500
    assert "This page could not be shown" in page.text
    assert "secret" not in page.text
