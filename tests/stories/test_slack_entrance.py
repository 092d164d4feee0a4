"""Requests to /slack/events: who may send them, for whom, and how often."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Engine, text

from bot.playground import payloads
from bot.playground.nouns import find_element
from bot.slack.api.socket_mode import socket_mode
from bot.slack.app import build_app
from tests.fixtures import MARCUS, PRIYA, Desk, open_desk
from tests.stories.telling import GENERAL, answers, event, settled, typed

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
NOW = str(int(time.time()))


def signed(secret: str, body: bytes, timestamp: str | None = None) -> dict[str, str]:
    timestamp = timestamp or str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:%b:%b" % (timestamp.encode(), body), hashlib.sha256)
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
    }


async def post(
    desk: Desk, body: bytes, headers: dict[str, str], kind: str = JSON
) -> tuple[int, str]:
    url = desk.slack.delivery.events_url
    headers = {"Content-Type": kind} | headers
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


def command(desk: Desk, name: str, words: str, person: int = PRIYA, **fields: Any) -> Any:
    user, place = desk.slack.user(desk.user(person)), desk.slack.channel(GENERAL)
    trigger = desk.slack.new_trigger(user.id)
    return payloads.command(name, words, user, place, trigger_id=trigger) | fields


def tickets_named(owner: Engine, name: str) -> int:
    with owner.connect() as connection:
        query = text("SELECT count(*) FROM tickets WHERE name = :name")
        return int(connection.scalar(query, {"name": name}) or 0)


# ---- Socket Mode


@pytest.mark.parametrize("secret", ["socket-mode", "", "None", "test", "a-real-secret"])
async def test_socket_mode_has_no_http_entrance(
    fresh_database: str, tmp_path: Path, owner: Engine, secret: str
) -> None:
    async with open_desk(fresh_database, tmp_path, slack_app_token="xapp-1") as desk:
        desk.slack.delivery.signing_secret = secret or desk.slack.signing_secret
        await desk.slack.delivery.command(command(desk, "/itsm", "role USR-5 admin", MARCUS))
        body = b"{}"
        status, _ = await post(desk, body, signed(desk.slack.delivery.signing_secret, body))
        assert status in (404, 405)
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT role FROM people WHERE id = 5")) == "requester"


# ---- the signature comes first

UNSIGNED = {
    "no headers": {},
    "no timestamp": {"X-Slack-Signature": "v0=00"},
    "no signature": {"X-Slack-Request-Timestamp": NOW},
    "words as timestamp": {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=00"},
    "huge timestamp": {"X-Slack-Request-Timestamp": "9" * 6000, "X-Slack-Signature": "v0=00"},
    "infinite timestamp": {"X-Slack-Request-Timestamp": "inf", "X-Slack-Signature": "v0=00"},
    "old timestamp": {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=00"},
    "odd signature": {"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": "v0=\xe9"},
}
BODIES = {
    "JSON": b"{}",
    "bad JSON": b"{",
    "deep nesting": b'{"a":' * 50_000,
    "no UTF-8": b"\xff\xfe\x00",
    "form with bad JSON": b"payload=%7B",
    "nothing": b"",
}


@pytest.mark.parametrize("headers", UNSIGNED.values(), ids=UNSIGNED)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_unsigned_request_gets_401_in_one_sentence(
    desk: Desk, headers: dict[str, str], body: bytes
) -> None:
    status, answer = await post(desk, body, headers)
    assert status == 401
    assert answer.startswith("This address is for Slack")
    assert answer.count("\n") == 1


MALFORMED = {
    **{name: (body, JSON) for name, body in BODIES.items() if name not in ("JSON", "nothing")},
    "list": (b"[]", JSON),
    "number": (b"1", JSON),
    "word as event": (b'{"event": "message", "authorizations": 1}', JSON),
    "form of a list": (b"payload=%5B1%5D", FORM),
    "form of deep nesting": (b"payload=" + b"[" * 50_000, FORM),
    "digits without end": (b'{"a": ' + b"9" * 6000 + b"}", JSON),
}


@pytest.mark.parametrize(("body", "kind"), MALFORMED.values(), ids=MALFORMED)
async def test_signed_but_malformed_request_is_refused_with_a_sentence(
    desk: Desk, body: bytes, kind: str
) -> None:
    headers = signed(desk.slack.signing_secret, body)
    status, answer = await post(desk, body, headers, kind)
    assert status in (400, 401)
    assert answer.count("\n") == 1


# ---- once only


@pytest.mark.parametrize("over", ["HTTP", "Socket Mode"])
async def test_command_sent_twice_opens_one_ticket(desk: Desk, owner: Engine, over: str) -> None:
    async with connected(desk, over):
        first = command(desk, "/ticket", "new Broken dock")
        for body in (first, first, command(desk, "/ticket", "new Broken dock")):
            assert (await desk.slack.delivery.command(body)).ok
    assert tickets_named(owner, "Broken dock") == 2


async def test_command_sent_twice_is_noticed_by_another_replica(
    desk: Desk, fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    (tmp_path / "other").mkdir()
    body = command(desk, "/ticket", "new Broken dock")
    assert (await desk.slack.delivery.command(body)).ok
    async with open_desk(fresh_database, tmp_path / "other") as other:
        assert (await other.slack.delivery.command(body)).ok
    assert tickets_named(owner, "Broken dock") == 1


async def test_form_submission_sent_twice_opens_one_ticket(desk: Desk, owner: Engine) -> None:
    user = desk.slack.user(desk.user(PRIYA))
    await desk.slack.shortcut(user.id, "new_ticket")
    view = await desk.slack.until(lambda: desk.slack.modal(user.id))
    values = filled(view, "Broken lamp")
    body = payloads.view_submission(user, view, values, desk.slack.new_trigger(user.id))
    for _ in range(2):
        assert (await desk.slack.delivery.interaction(body)).ok
    assert tickets_named(owner, "Broken lamp") == 1


def filled(view: Any, words: str) -> dict[str, Any]:
    """Return the state of a form with this text in all of its text fields."""
    fields = [block for block in view.content["blocks"] if block["type"] == "input"]
    texts = [block for block in fields if block["element"]["type"] == "plain_text_input"]
    return {
        block["block_id"]: {
            block["element"]["action_id"]: {"type": "plain_text_input", "value": words}
        }
        for block in texts
    }


# ---- for this app and workspace only

FOREIGN = {
    "app": {"api_app_id": "A0ELSEWHERE"},
    "workspace": {"team_id": "T0ELSEWHERE"},
}


@pytest.mark.parametrize("over", ["HTTP", "Socket Mode"])
@pytest.mark.parametrize("fields", FOREIGN.values(), ids=FOREIGN)
async def test_command_of_another_workspace_is_ignored(
    desk: Desk, owner: Engine, fields: dict[str, str], over: str
) -> None:
    async with connected(desk, over):
        foreign = command(desk, "/ticket", "new From elsewhere", **fields)
        assert (await desk.slack.delivery.command(foreign)).ok
    assert tickets_named(owner, "From elsewhere") == 0


FOREIGN_EVENTS = {
    "app": {"api_app_id": "A0ELSEWHERE"},
    "installation": {"authorizations": [{"team_id": "T0ELSEWHERE", "enterprise_id": None}]},
    "workspace": {"team_id": "T0ELSEWHERE", "authorizations": []},
    "organization": {
        "authorizations": [{"team_id": None, "enterprise_id": "E0", "is_enterprise_install": True}]
    },
}


@pytest.mark.parametrize("over", ["HTTP", "Socket Mode"])
@pytest.mark.parametrize("fields", FOREIGN_EVENTS.values(), ids=FOREIGN_EVENTS)
async def test_event_of_another_workspace_is_ignored(
    desk: Desk, fields: dict[str, Any], over: str
) -> None:
    said = typed(desk)
    async with connected(desk, over):
        assert (await desk.slack.delivery.event(event(desk, said) | fields)).ok
        await settled(desk)
    assert answers(desk, said) == []
    query = text("SELECT 1 FROM deliveries")
    assert await desk.runtime.database.fetch_all(query) == []


async def test_event_of_a_shared_channel_is_handled_for_the_workspace_with_the_app(
    desk: Desk,
) -> None:
    said = typed(desk)
    assert (await desk.slack.delivery.event(event(desk, said) | {"team_id": "T0PARTNER"})).ok
    await desk.answer_to(said)


FOREIGN_INTERACTIONS = {
    "app": {"api_app_id": "A0ELSEWHERE"},
    "workspace": {"team": {"id": "T0ELSEWHERE", "domain": "elsewhere"}},
    "organization": {"team": None, "enterprise": {"id": "E0ELSEWHERE", "name": "Elsewhere"}},
}


@pytest.mark.parametrize("fields", FOREIGN_INTERACTIONS.values(), ids=FOREIGN_INTERACTIONS)
async def test_press_and_shortcut_of_another_workspace_are_ignored(
    desk: Desk, fields: dict[str, Any]
) -> None:
    user = desk.slack.user(desk.user(PRIYA))
    answer = await desk.ask(PRIYA, "what laptop do I have")
    blocks, calls = len(answer.blocks), len(desk.slack.calls)
    place = desk.slack.channels[answer.channel]
    action = payloads.action(*find_element(answer, "MAC-5"), desk.slack.next_ts(), {})
    trigger = desk.slack.new_trigger(user.id)
    for body in (
        payloads.message_actions(user, place, answer, action, {}, trigger_id=trigger),
        payloads.shortcut(user, "new_ticket", desk.slack.new_trigger(user.id), "1.1"),
    ):
        assert (await desk.slack.delivery.interaction(json.loads(json.dumps(body)) | fields)).ok
    await settled(desk)
    assert (len(answer.blocks), desk.slack.calls[calls:]) == (blocks, [])


@asynccontextmanager
async def connected(desk: Desk, over: str) -> AsyncIterator[None]:
    if over == "HTTP":
        yield
        return
    desk.slack.delivery.events_url = "http://127.0.0.1:1/"
    async with socket_mode(build_app(desk.runtime), desk.slack.app_token):
        await desk.slack.until(lambda: desk.slack.delivery.socket.connections)
        yield
