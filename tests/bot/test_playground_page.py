"""The playground's page in the browser: what it may read and do, and how typed text is stored."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bot.playground import Channel, Command, User, Workspace, playground
from bot.playground.text import Names, rich_text

PRIYA = User("U0PRIYA000", "priya", "Priya Sharma", "priya@example.com", title="Requester")
TOM = User("U0TOM00000", "tom", "Tom Becker", "tom@example.com")
STATIC = Path(__file__).parents[2] / "bot/playground/static"
HELP = Channel("C0HELP0000", "it-help")


@pytest.fixture
async def slack() -> AsyncIterator[Workspace]:
    channels = [HELP, Channel("C0BOARD000", "board", members={TOM.id}, is_private=True)]
    async with Workspace([PRIYA, TOM], channels, url="http://localhost", retry_delays=()) as found:
        yield found


@pytest.fixture
async def page(slack: Workspace) -> AsyncIterator[httpx2.AsyncClient]:
    app = playground(slack, commands=[Command("/ticket", "Show a ticket")], session="desk_session")
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def test_playground_page_loads_nothing_from_other_sites(page: httpx2.AsyncClient) -> None:
    answer = await page.get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "https:" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("file", sorted(STATIC.glob("*.js")), ids=lambda file: file.name)
def test_no_script_of_the_page_turns_text_into_html(file: Path) -> None:
    assert not re.search("innerHTML|insertAdjacentHTML|document.write", file.read_text("utf-8"))


@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1.rebound.example:3000", "10.0.0.7"])
@pytest.mark.parametrize(
    "path", ["/", "/page/state", "/page/changes", "/api/auth.test", "/static/main.js"]
)
async def test_request_under_a_rebound_dns_name_is_refused_on_every_route(
    page: httpx2.AsyncClient, host: str, path: str
) -> None:
    async with asyncio.timeout(5):  # the stream of changes has no end
        assert (await page.get(path, headers={"Host": host})).status_code == 403


async def test_page_under_a_rebound_dns_name_cannot_sign_in(page: httpx2.AsyncClient) -> None:
    rebound = {"Host": "rebound.example", "Origin": "http://rebound.example"}
    answer = await page.post("/page/become", json={"user": PRIYA.id}, headers=rebound)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
)
async def test_requests_to_the_playground_from_pages_of_other_sites_are_refused(
    slack: Workspace, page: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    body = {"user": PRIYA.id, "channel": HELP.id, "text": "hello"}
    assert (await page.post("/page/say", json=body, headers=headers)).status_code == 403
    assert slack.messages[HELP.id] == {}
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert (await page.post("/page/say", json=body, headers=own)).status_code == 200


async def test_browser_pages_cannot_call_the_web_api(
    slack: Workspace, page: httpx2.AsyncClient
) -> None:
    params = {"token": slack.bot_token}
    browser = {"Sec-Fetch-Site": "none"}
    assert (await page.get("/api/auth.test", params=params, headers=browser)).status_code == 403
    assert (await page.get("/api/auth.test", params=params)).json()["ok"]


async def test_playground_page_shows_only_what_the_chosen_person_may_see(
    slack: Workspace, page: httpx2.AsyncClient
) -> None:
    await slack.say("tom", "board", "secret")
    await slack.command("tom", "it-help", "/ticket")
    seen = (await page.get("/page/state", params={"user": PRIYA.id})).json()
    assert [c["name"] for c in seen["channels"] if not c["is_im"]] == ["it-help"]
    assert seen["messages"] == []
    own = (await page.get("/page/state", params={"user": TOM.id})).json()
    assert len(own["messages"]) == 2


async def test_playground_lets_a_person_edit_only_their_own_messages(
    slack: Workspace, page: httpx2.AsyncClient
) -> None:
    said = await slack.say("tom", "it-help", "hello")
    body = {"user": PRIYA.id, "channel": HELP.id, "ts": said.ts, "text": "changed"}
    assert (await page.post("/page/edit", json=body)).json()["error"] == "cant_update_message"
    await page.post("/page/edit", json=body | {"user": TOM.id})
    assert said.text == "changed"


async def test_choosing_another_person_signs_the_previous_one_out_of_the_web_view(
    page: httpx2.AsyncClient,
) -> None:
    answer = await page.post("/page/become", json={"user": PRIYA.id})
    assert answer.headers["set-cookie"].startswith('desk_session=""; expires=')


async def test_playground_tells_a_person_that_the_app_does_not_answer(slack: Workspace) -> None:
    await slack.command("priya", "it-help", "/ticket")
    [hint] = slack.ephemerals("priya", "it-help")
    assert hint.text == '/ticket failed with the error "dispatch_failed"'


async def test_playground_keeps_conversations_over_a_restart(
    slack: Workspace, tmp_path: Path
) -> None:
    said = await slack.say("priya", "it-help", "hello")
    reply = await slack.say("tom", "it-help", "yes?", said.ts)
    slack.save(tmp_path / "slack.json")
    async with Workspace([PRIYA, TOM], [HELP], url="", retry_delays=()) as later:
        later.load(tmp_path / "slack.json")
        assert later.replies("it-help", said.ts) == [reply]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("@tom, see #it-help", "<@U0TOM00000>, see <#C0HELP0000|it-help>"),
        ("ask @tom.", "ask <@U0TOM00000>."),
        ("@nobody", "@nobody"),
        ("<@U0TOM00000> hi", "<@U0TOM00000> hi"),
        ("<@U0FORGED00> hi", "&lt;@U0FORGED00&gt; hi"),
        ("mail tom@tom.example", "mail tom@tom.example"),
        ("see https://a.example/x?y=1&z=2.", "see <https://a.example/x?y=1&amp;z=2>."),
    ],
)
def test_text_typed_in_the_playground_is_stored_as_slack_stores_it(typed: str, stored: str) -> None:
    assert Names([PRIYA, TOM], [HELP]).encode(typed) == stored


def test_text_typed_in_the_playground_is_sent_with_a_rich_text_block() -> None:
    block = rich_text("<@U0TOM00000> *now* &amp; here", "b")
    parts: list[dict[str, Any]] = block["elements"][0]["elements"]
    assert parts == [
        {"type": "user", "user_id": "U0TOM00000"},
        {"type": "text", "text": " "},
        {"type": "text", "text": "now", "style": {"bold": True}},
        {"type": "text", "text": " & here"},
    ]
