"""Sessions of the web view: what is readable without one, and when one ends."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from bot.web.session import COOKIE
from tests.bot.web.browsing import Web
from tests.fixtures import DANIEL, PRIYA


async def test_existing_and_absent_paths_answer_alike_without_a_session(web: Web) -> None:
    pages = [await web().get(path) for path in ("/TKT-12", "/TKT-999", "/", "/tickets", "/foo")]
    assert {page.status_code for page in pages} == {401}
    assert len({page.text for page in pages}) == 1
    assert "Open this page from Slack" in pages[0].text


@given(cookie=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=';",')))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
async def test_forged_session_cookie_signs_nobody_in(web: Web, cookie: str) -> None:
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
async def test_session_ends_after_two_hours_without_a_request_or_twelve_in_all(
    web: Web, owner: Connection, column: str, hours: float, status: int
) -> None:
    passed = {"passed": timedelta(hours=hours)}
    owner.execute(text(f"UPDATE sessions SET {column} = {column} - :passed"), passed)
    assert (await web(PRIYA).get("/")).status_code == status


async def test_requesting_pages_keeps_a_session_from_ending_as_idle(
    web: Web, owner: Connection
) -> None:
    browser = web(PRIYA)
    for _ in range(3):
        owner.execute(text("UPDATE sessions SET seen_at = seen_at - interval '100 minutes'"))
        assert (await browser.get("/")).status_code == 200


async def test_session_of_a_deactivated_person_stays_ended_after_reactivation(
    web: Web, owner: Connection
) -> None:
    browser = web(PRIYA)
    for active in ("false", "true"):
        owner.execute(text(f"UPDATE people SET active = {active} WHERE id = {PRIYA}"))
        assert (await browser.get("/TKT-37")).status_code == 401


async def test_browser_that_has_signed_out_reads_no_page(web: Web) -> None:
    browser = web(PRIYA)
    assert "Sign out" in (await browser.get("/TKT-37")).text
    kept = browser.cookies[COOKIE]
    assert "You are signed out" in (await browser.post("/sign-out")).text
    assert (await browser.get("/TKT-37")).status_code == 401
    assert (await web(cookie=kept).get("/TKT-37")).status_code == 401


async def test_changed_role_counts_at_the_next_request_of_a_signed_in_person(
    web: Web, owner: Connection
) -> None:
    browser = web(DANIEL)
    assert (await browser.get("/TKT-12")).status_code == 200
    owner.execute(text("UPDATE people SET role = 'requester' WHERE id = 6"))
    assert (await browser.get("/TKT-40")).status_code == 404
    owner.execute(text("UPDATE people SET active = false WHERE id = 6"))
    assert (await browser.get("/TKT-40")).status_code == 401
