"""The pages of the web view: records, lists and the start page, and who sees what there."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from bot.web.templating import ago
from services.sanitize import sanitize
from tests.bot.web.browsing import Web, main_of
from tests.fixtures import DANIEL, IN_DEMO, MARCUS, PRIYA

# ---- records


async def test_ticket_page_shows_fields_text_and_notes(web: Web) -> None:
    page = await web(DANIEL).get("/TKT-12")
    assert page.status_code == 200
    assert "<title>TKT-12 Screens go black when docked · Deskhand</title>" in page.text
    assert '<span class="pill violet">Assigned</span>' in page.text
    assert 'href="/USR-14"' in page.text
    assert 'href="/MAC-17"' in page.text
    assert "Updated the dock firmware to 1.0.22." in page.text


async def test_record_page_shows_each_note_once_and_tags_as_chips(web: Web) -> None:
    page = await web(DANIEL).get("/TKT-12")
    assert page.text.count('href="/NOTE-21"') == 1
    assert re.search(r'class="chip" href="/TAG-\d+" dir="auto">cause: dock', page.text)
    assert "<h2>Related</h2>" not in page.text


@pytest.mark.parametrize("key", [f"{prefix}-1" for prefix in IN_DEMO])
async def test_every_record_type_has_a_page_for_a_record(web: Web, key: str) -> None:
    page = await web(MARCUS).get(f"/{key}")
    assert page.status_code == 200
    assert f'id="record-id">{key}<' in page.text


@pytest.mark.parametrize("typed", ["/tkt-12", "/Tkt-12", "/tKT-12"])
async def test_address_with_an_id_in_lower_case_redirects_to_the_record_page(
    web: Web, typed: str
) -> None:
    page = await web(DANIEL).get(typed)
    assert (page.status_code, page.headers["location"]) == (307, "/TKT-12")


async def test_every_link_on_a_web_page_leads_to_a_page(web: Web) -> None:
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


async def test_pages_of_hidden_absent_and_malformed_ids_look_the_same(web: Web) -> None:
    looks = set()
    for key in ("TKT-12", "TKT-999", "TKT-0", "FOO-1", "tickets-", "TKT-999999999999999999"):
        page = await web(PRIYA).get(f"/{key}")
        assert page.status_code == 404
        assert f"There is no {key} that you can see." in page.text
        looks.add(page.text.replace(key, "KEY"))
    assert len(looks) == 1


# ---- lists


async def test_list_page_shows_records_newest_first_and_in_pages(web: Web) -> None:
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


@pytest.mark.parametrize("kind", [kind.plural for kind in IN_DEMO.values()])
async def test_every_record_type_has_a_list_page(web: Web, kind: str) -> None:
    assert 'class="rows"' in (await web(MARCUS).get(f"/{kind}")).text


async def test_navigation_of_the_web_view_has_tickets_first(web: Web) -> None:
    page = (await web(MARCUS).get("/")).text
    kinds = ["tickets", "machines", "people", "teams"]
    places = [page.index(f'href="/{each}"') for each in kinds]
    assert places == sorted(places)


async def test_list_page_shows_only_records_that_the_person_may_see(web: Web) -> None:
    page = await web(PRIYA).get("/machines")
    assert set(re.findall(r"MAC-\d+", page.text)) == {"MAC-5", "MAC-6"}


@pytest.mark.parametrize("before", ["", "12", "MAC-12", "TKT-x", "TKT-1'--"])
async def test_malformed_before_parameter_of_a_list_page_gets_404(web: Web, before: str) -> None:
    page = await web(MARCUS).get("/tickets", params={"before": before})
    assert page.status_code == 404


async def test_start_page_shows_the_persons_own_tickets_and_machines(web: Web) -> None:
    page = await web(PRIYA).get("/")
    assert "Your open tickets" in page.text
    assert {"MAC-5", "MAC-6", "TKT-37"} <= set(re.findall(r"[A-Z]+-\d+", main_of(page)))
    assert "Assigned to you" not in page.text
    assert "Assigned to you" in (await web(DANIEL).get("/")).text


# ---- whatever people write is text


async def test_html_typed_by_people_is_shown_as_text(web: Web, owner: Connection) -> None:
    owner.execute(
        text("UPDATE tickets SET name = :name, description = :words WHERE id = 37"),
        {"name": "<script>alert(1)</script>\"'", "words": "pay\u202e100\u202c \x1b[31m{{ 7*7 }}"},
    )
    page = await web(PRIYA).get("/TKT-37")
    assert "<script>alert" not in page.text
    assert "pay\ufffd100\ufffd \ufffd[31m{{ 7*7 }}" in page.text
    assert not set("\u202e\u202c\x1b") & set(page.text)


def test_ordinary_text_is_shown_unchanged_on_the_web() -> None:
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
def test_times_are_shown_on_the_web_as_how_long_ago_they_were(
    passed: timedelta, words: str
) -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert ago(now - passed, now) == words
