"""“Open page” on a card signs in the person who pressed it, once, and nobody else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.browser import browser, opened, page_links

LINK = Callable[[Desk, int, str], Awaitable[str]]
GONE = "This link no longer works"


@pytest.fixture
async def visitor(desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    async with browser(desk) as client:
        yield client


async def in_direct_message(desk: Desk, person: int, key: str) -> str:
    answer = await desk.ask(person, f"show {key}")
    return page_links(answer)[0]


async def in_channel(desk: Desk, person: int, key: str) -> str:
    channel = desk.slack.channel("general").id
    answer = await desk.ask(person, f"@Deskhand show {key}", channel)
    await desk.slack.press(desk.user(person), answer, f"entity:{key}")
    [shown] = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(person), channel))
    return page_links(shown)[0]


async def by_command(desk: Desk, person: int, key: str) -> str:
    channel = desk.slack.channel("it-help").id
    await desk.slack.command(desk.user(person), channel, "/ticket", key)
    return page_links(desk.slack.ephemerals(desk.user(person), channel)[0])[0]


async def home(desk: Desk, person: int) -> Any:
    await desk.slack.open_home(desk.user(person))
    return await desk.slack.until(lambda: desk.slack.home(desk.user(person)))


async def in_dialog(desk: Desk, person: int, key: str) -> str:
    await desk.slack.press(desk.user(person), await home(desk, person), f"entity:{key}")
    shown = await desk.slack.until(lambda: desk.slack.modal(desk.user(person)))
    return page_links(shown)[0]


@pytest.mark.parametrize("link", [in_direct_message, in_channel, by_command, in_dialog])
@pytest.mark.parametrize(
    ("person", "key", "title"),
    [(PRIYA, "TKT-37", "Bluetooth"), (DANIEL, "TKT-12", "Screens go black when docked")],
    ids=["requester", "technician"],
)
async def test_button_open_page_on_a_card_leads_to_the_records_web_page(
    desk: Desk, visitor: httpx2.AsyncClient, owner: Engine, link: LINK, person: int, key: str,
    title: str,
) -> None:  # fmt: skip
    with owner.begin() as connection:  # in a channel everybody is a requester
        connection.execute(text("UPDATE tickets SET requester_id = 6 WHERE id = 12"))
        connection.execute(text("UPDATE tickets SET name = :name WHERE id = 37"), {"name": title})
    page = await opened(visitor, await link(desk, person, key))
    assert (page.status_code, page.url.path, page.url.query) == (200, f"/{key}", b"")
    assert title in page.text
    assert (await visitor.get("/tickets")).status_code == 200


async def test_button_on_app_home_leads_to_the_start_page_of_the_web_view(
    desk: Desk, visitor: httpx2.AsyncClient
) -> None:
    [link] = page_links(await home(desk, PRIYA))
    page = await opened(visitor, link)
    assert (page.url.path, page.status_code) == ("/", 200)
    assert "Your open tickets" in page.text


# ---- passes that sign nobody in


async def test_used_sign_in_pass_shows_no_record(desk: Desk, visitor: httpx2.AsyncClient) -> None:
    link = await by_command(desk, PRIYA, "TKT-37")
    assert (await opened(visitor, link)).status_code == 200
    async with browser(desk) as other:
        page = await opened(other, link)
        assert (page.status_code, GONE in page.text) == (401, True)
        assert (await other.get("/TKT-37")).status_code == 401
    assert (await opened(visitor, link)).url.query == b""  # the session still opens it


@pytest.mark.parametrize(("minutes", "status"), [(9, 200), (11, 401)])
async def test_old_sign_in_pass_shows_no_record(
    desk: Desk, visitor: httpx2.AsyncClient, owner: Engine, minutes: int, status: int
) -> None:
    link = await by_command(desk, PRIYA, "TKT-37")
    with owner.begin() as connection:
        passed = text("UPDATE passes SET made_at = made_at - make_interval(mins => :minutes)")
        connection.execute(passed, {"minutes": minutes})
    page = await opened(visitor, link)
    assert (page.status_code, GONE in page.text) == (status, status == 401)


@given(
    token=st.text(min_size=1, max_size=60) | st.binary(min_size=32, max_size=32).map(bytes.hex),
    key=st.sampled_from(["TKT-37", "TKT-999", "", "tickets", "USR-5"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
async def test_forged_sign_in_pass_shows_no_record(
    desk: Desk, visitor: httpx2.AsyncClient, token: str, key: str
) -> None:
    page = await visitor.get(f"/{key}", params={"pass": token})
    assert (page.status_code, GONE in page.text) == (401, True)
    sent = await visitor.post("/sign-in/pass", data={"pass": token, "path": f"/{key}"})
    assert (sent.status_code, "set-cookie" in sent.headers) == (401, False)


async def test_sign_in_pass_for_another_records_page_shows_no_record(
    desk: Desk, visitor: httpx2.AsyncClient
) -> None:
    link = await by_command(desk, DANIEL, "TKT-37")
    for path in ("/TKT-12", "/", "/tickets", "//evil.example", "https://evil.example/"):
        page = await opened(visitor, link.replace("/TKT-37", path if path[0] == "/" else "/"))
        assert (page.status_code, "Screens" in page.text) == (401, False)
        form = {"pass": link.partition("pass=")[2], "path": path}
        page = await visitor.post("/sign-in/pass", data=form)
        assert (page.status_code, page.url.host) == (401, "127.0.0.1")


async def test_sign_in_pass_of_another_person_shows_no_record_and_stays_usable(
    desk: Desk, visitor: httpx2.AsyncClient
) -> None:
    await opened(visitor, await by_command(desk, PRIYA, "TKT-37"))
    link = await in_dialog(desk, DANIEL, "TKT-12")
    token = link.partition("pass=")[2]
    pages = [
        await opened(visitor, link),
        await visitor.post("/sign-in/pass", data={"pass": token, "path": "/TKT-12"}),
    ]
    for page in pages:
        assert page.status_code == 403
        assert "This link is for somebody else" in page.text
        assert "Screens go black" not in page.text
    async with browser(desk) as his:
        assert "Screens go black" in (await opened(his, link)).text


async def test_stored_hash_of_a_sign_in_pass_signs_nobody_in(
    desk: Desk, visitor: httpx2.AsyncClient, owner: Engine
) -> None:
    link = await by_command(desk, PRIYA, "TKT-37")
    with owner.begin() as connection:
        stored = connection.scalar(text("SELECT hash FROM passes"))
    assert stored
    assert stored not in link
    assert (await opened(visitor, f"/TKT-37?pass={stored}")).status_code == 401


async def test_opening_the_address_with_a_pass_by_get_does_not_use_it_up(
    desk: Desk, visitor: httpx2.AsyncClient
) -> None:
    link = await by_command(desk, PRIYA, "TKT-37")
    async with browser(desk) as scanner:
        for method in ("HEAD", "GET", "GET", "OPTIONS"):
            answer = await scanner.request(method, link)
            assert "set-cookie" not in answer.headers
            assert "Bluetooth" not in answer.text
        assert (await scanner.get("/TKT-37")).status_code == 401
    assert (await opened(visitor, link)).status_code == 200


async def test_two_browsers_that_use_a_pass_at_once_get_only_one_session(desk: Desk) -> None:
    link = await by_command(desk, PRIYA, "TKT-37")
    async with browser(desk) as one, browser(desk) as other:
        pages = await asyncio.gather(opened(one, link), opened(other, link))
    assert sorted(page.status_code for page in pages) == [200, 401]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_page_of_another_site_cannot_submit_the_sign_in_form(
    desk: Desk, visitor: httpx2.AsyncClient, site: str
) -> None:
    link = await by_command(desk, PRIYA, "TKT-37")
    form = {"pass": link.partition("pass=")[2], "path": "/TKT-37"}
    headers = {"Sec-Fetch-Site": site}
    assert (await visitor.post("/sign-in/pass", data=form, headers=headers)).status_code == 403
    assert (await opened(visitor, link)).status_code == 200


# ---- accounts, and messages that others read


async def test_deactivated_person_is_signed_out_of_the_web_view_everywhere(
    desk: Desk, visitor: httpx2.AsyncClient, owner: Engine
) -> None:
    unused = await by_command(desk, PRIYA, "TKT-37")
    await opened(visitor, await in_dialog(desk, PRIYA, "TKT-37"))
    assert (await visitor.get("/TKT-37")).status_code == 200
    with owner.begin() as connection:
        connection.execute(text(f"UPDATE people SET active = false WHERE id = {PRIYA}"))
    assert (await visitor.get("/TKT-37")).status_code == 401
    with owner.begin() as connection:
        connection.execute(text(f"UPDATE people SET active = true WHERE id = {PRIYA}"))
    assert (await visitor.get("/TKT-37")).status_code == 401
    assert (await opened(visitor, unused)).status_code == 401


async def test_sessions_of_a_person_end_when_they_get_another_slack_account(
    desk: Desk, visitor: httpx2.AsyncClient, owner: Engine
) -> None:
    await opened(visitor, await by_command(desk, PRIYA, "TKT-37"))
    with owner.begin() as connection:
        connection.execute(text(f"UPDATE people SET slack_id = 'UOTHER' WHERE id = {PRIYA}"))
    assert (await visitor.get("/TKT-37")).status_code == 401


async def test_messages_visible_to_a_whole_channel_carry_no_sign_in_pass(desk: Desk) -> None:
    channel = desk.slack.channel("general").id
    await in_channel(desk, PRIYA, "TKT-37")
    await by_command(desk, MARCUS, "TKT-37")
    shared = [each for each in desk.slack.messages[channel].values() if not each.is_ephemeral]
    assert shared
    assert "pass=" not in str([each.as_slack() for each in shared])


async def test_web_page_opened_without_a_pass_says_how_to_open_it(
    desk: Desk, visitor: httpx2.AsyncClient
) -> None:
    page = await visitor.get("/TKT-37")
    assert page.status_code == 401
    assert "button there, then “Open page”" in page.text
    assert "Sign in with Slack" not in page.text
    assert (await visitor.get("/sign-in")).status_code == 401
    assert (await visitor.get("/sign-in/slack?code=1&state=2")).status_code == 401
