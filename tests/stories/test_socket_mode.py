"""The desk over Socket Mode, which needs no public address."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.slack.api.socket_mode import CONNECTIONS, socket_mode
from bot.slack.app import build_app
from services.errors import SetupError
from tests.fixtures import DANIEL, PRIYA, Desk, open_desk
from tests.stories.telling import (
    GENERAL,
    MENTION,
    answers,
    event,
    said_in,
    settled,
    the_answer,
    typed,
)
from tests.waiting import until

LONG = "😀" * 2_900
"""A text that is six times as long in an acknowledgement, and over Slack's limit for one."""


@pytest.fixture
async def desk(fresh_database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(fresh_database, tmp_path) as desk:
        # Anything sent over HTTP is lost.
        desk.slack.delivery.events_url = "http://127.0.0.1:1/"
        async with socket_mode(build_app(desk.runtime), desk.slack.app_token):
            await desk.slack.until(lambda: desk.slack.delivery.socket.connections == CONNECTIONS)
            yield desk


async def test_mention_received_by_socket_mode_is_answered_once(desk: Desk) -> None:
    assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION))


async def test_direct_message_received_by_socket_mode_is_answered_once(desk: Desk) -> None:
    said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "what laptop do I have")
    assert "MAC-5" in await the_answer(desk, said)


async def test_command_received_by_socket_mode_is_answered(desk: Desk) -> None:
    place = desk.slack.channel(GENERAL).id
    ack = await desk.slack.command(desk.user(PRIYA), place, "/machine", "MAC-5")
    assert ack.ok
    [shown] = desk.slack.ephemerals(desk.user(PRIYA), place)
    assert "MAC-5" in str(shown.blocks)


async def test_press_received_by_socket_mode_opens_the_card(desk: Desk) -> None:
    answer = await desk.ask(PRIYA, "what laptop do I have")
    before = len(answer.blocks)
    assert (await desk.slack.press(desk.user(PRIYA), answer, "MAC-5")).ok
    await desk.slack.until(lambda: len(answer.blocks) > before)


async def test_message_delivered_twice_by_socket_mode_is_answered_once(desk: Desk) -> None:
    said = typed(desk)
    for kind in ("message", "message", "app_mention"):
        assert (await desk.slack.deliver(event(desk, said, kind))).ok
    assert "MAC-5" in await the_answer(desk, said)


async def test_second_socket_connection_receives_while_the_first_is_renewed(desk: Desk) -> None:
    socket = desk.slack.delivery.socket
    await socket.disconnect()
    assert socket.connections == CONNECTIONS - 1 > 0
    assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION))
    await desk.slack.until(lambda: socket.connections == CONNECTIONS)


async def test_start_fails_with_the_name_of_the_setting_if_slack_refuses_the_app_token(
    desk: Desk,
) -> None:
    with pytest.raises(SetupError, match=r"refuses SLACK_APP_TOKEN \(invalid_auth\)"):
        async with socket_mode(build_app(desk.runtime), "xapp-of-yesterday"):
            raise AssertionError


async def test_start_fails_with_a_sentence_if_slack_returns_no_socket_address(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.api.errors.START_RETRIES", ())
    for fault in ({"status": 503}, {"drop": "before"}):
        desk.slack.fail("apps.connections.open", **fault)
        with pytest.raises(SetupError, match="gives no address for Socket Mode"):
            async with socket_mode(build_app(desk.runtime), desk.slack.app_token):
                raise AssertionError


async def test_socket_mode_reports_whether_a_connection_is_open(desk: Desk) -> None:
    async with socket_mode(build_app(desk.runtime), desk.slack.app_token) as is_connected:
        assert not await is_connected()
        await until(is_connected)
    assert not await is_connected()


async def test_message_without_a_mention_is_only_acknowledged_over_socket_mode(desk: Desk) -> None:
    said: Any = typed(desk, "lunch?")
    assert (await desk.slack.deliver(event(desk, said))).ok
    await settled(desk)
    assert answers(desk, said) == []


async def test_long_answer_to_a_command_follows_its_acknowledgement(
    desk: Desk, owner: Engine
) -> None:
    with owner.begin() as connection:
        change = "UPDATE tickets SET description = :words WHERE id = 12"
        connection.execute(text(change), {"words": LONG})
    user, place = desk.user(DANIEL), desk.slack.channel(GENERAL).id
    assert (await desk.slack.command(user, place, "/ticket", "TKT-12")).ok
    [shown] = await desk.slack.until(lambda: desk.slack.ephemerals(user, place))
    assert LONG[:1_000] in str(shown.blocks)


async def test_long_result_of_a_form_follows_its_acknowledgement(desk: Desk) -> None:
    user = desk.user(PRIYA)
    await desk.slack.shortcut(user, "new_ticket")
    form = await desk.slack.until(lambda: desk.slack.modal(user))
    filled = {"name": "Drucker", "description": LONG}
    assert (await desk.slack.submit(user, form, filled)).ok
    await desk.slack.until(lambda: LONG[:1_000] in str(desk.slack.modal(user)))
