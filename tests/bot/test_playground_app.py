"""What reaches an app from the playground, and what its answers do there."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from slack_sdk.errors import SlackApiError

from tests.bot.playground_world import PRIYA, World, buttons, open_world, socket_mode


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as world:
        yield world


async def test_mention_reaches_the_app_signed_and_as_two_events(
    world: World,
) -> None:
    said = await world.slack.say("priya", "it-help", "@deskhand hello")
    [answer] = await world.slack.until(lambda: world.slack.replies("it-help", said.ts))
    assert answer.buttons == ["TKT-12"]
    await world.slack.until(lambda: len(world.events("message")) >= 1)
    [mention] = world.events("app_mention")
    message = world.events("message")[0]
    assert mention["ts"] == message["ts"] == said.ts
    assert message["channel_type"] == "channel"
    ids = {b["event_id"] for b in world.heard if b.get("event", {}).get("ts") == said.ts}
    assert len(ids) == 2


async def test_app_refuses_a_request_with_a_wrong_signature(world: World) -> None:
    world.slack.delivery.signing_secret = "another"
    assert not (await world.slack.command("priya", "it-help", "/ticket", "TKT-12")).ok


async def test_event_that_the_app_refuses_is_delivered_again_marked_as_a_retry(
    world: World,
) -> None:
    world.refusals = 2
    said = await world.slack.say("priya", "it-help", "no mention")
    await world.slack.until(lambda: world.events("message"))
    assert world.events("message")[0]["ts"] == said.ts
    numbers = [request.get("x-slack-retry-num") for request in world.requests]
    assert numbers == [None, "1", "2"]
    assert world.requests[1]["x-slack-retry-reason"] == "http_error"


async def test_bot_gets_no_events_of_channels_it_has_not_joined(
    world: World,
) -> None:
    await world.slack.say("priya", "quiet", "@deskhand hello")
    [hint] = world.slack.ephemerals("priya", "quiet")
    assert "/invite" in hint.text
    assert world.requests == []
    await world.slack.command("priya", "quiet", "/invite", "@deskhand")
    await world.slack.say("priya", "quiet", "@deskhand hello")
    await world.slack.until(lambda: world.events("app_mention"))


async def test_ephemeral_card_is_replaced_through_response_url(
    world: World,
) -> None:
    said = await world.slack.say("priya", "it-help", "@deskhand hello")
    [answer] = await world.slack.until(lambda: world.slack.replies("it-help", said.ts))
    await world.slack.press("tom", answer, "TKT-12")
    [card] = await world.slack.until(lambda: world.slack.ephemerals("tom", "it-help"))
    assert world.slack.ephemerals("priya", "it-help") == []
    await world.slack.press("tom", card, "Collapse")
    await world.slack.until(lambda: card.text == "collapsed")
    assert world.slack.ephemerals("tom", "it-help") == [card]
    click = next(body for body in world.heard if body.get("container", {}).get("is_ephemeral"))
    assert "message" not in click


async def test_command_receives_escaped_names_and_its_answer_is_ephemeral(world: World) -> None:
    await world.slack.command("priya", "it-help", "/ticket", "of @tom & co")
    [answer] = world.slack.ephemerals("priya", "it-help")
    assert answer.text == "You asked for of <@U0TOM00000|tom> &amp; co"


async def test_submitted_form_with_mistakes_stays_open_and_shows_them(world: World) -> None:
    await world.slack.command("priya", "it-help", "/ticket", "new")
    form = await world.slack.until(lambda: world.slack.modal("priya"))
    refused = await world.slack.submit("priya", form, {"name": "VPN"})
    assert refused.body["errors"] == {"name": "Say more"}
    assert world.slack.modal("priya") is form
    await world.slack.submit("priya", form, {"Name": "VPN drops"})
    assert world.slack.modal("priya") is None


async def test_opening_app_home_makes_the_app_publish_it(world: World) -> None:
    await world.slack.open_home("priya")
    home = await world.slack.until(lambda: world.slack.home("priya"))
    assert home.content["blocks"][0]["text"]["text"] == "Your desk"


async def test_edits_and_deletions_reach_the_app_as_message_subtypes(world: World) -> None:
    said = await world.slack.say("priya", "it-help", "first")
    await world.slack.edit(said, "second")
    await world.slack.delete(said)
    await world.slack.until(lambda: len(world.events("message")) == 3)
    found = {event.get("subtype"): event for event in world.events("message")}
    assert found["message_changed"]["previous_message"]["text"] == "first"
    assert found["message_deleted"]["deleted_ts"] == said.ts


async def test_slack_client_sends_a_call_again_after_a_dropped_connection(world: World) -> None:
    world.slack.fail("chat.postMessage", drop="after")
    said = await world.slack.say("priya", "it-help", "@deskhand hello")
    await world.slack.until(lambda: len(world.slack.replies("it-help", said.ts)) == 2)


async def test_rate_limited_call_is_answered_with_retry_after(world: World) -> None:
    world.slack.fail("chat.postMessage", status=429, retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await world.app.client.chat_postMessage(channel="C0HELP0000", text="hello")
    assert caught.value.response.headers["Retry-After"] == "7"
    assert (await world.app.client.chat_postMessage(channel="C0HELP0000", text="hello"))["ok"]


async def test_press_on_the_page_reaches_the_block_in_which_the_button_stands(
    world: World,
) -> None:
    said = await world.slack.say("priya", "it-help", "@deskhand hello")
    [answer] = await world.slack.until(lambda: world.slack.replies("it-help", said.ts))
    answer.blocks = [{**buttons("TKT-12")[0], "block_id": name} for name in ("first", "second")]
    click = {"user": PRIYA.id, "channel": answer.channel, "ts": answer.ts}
    click |= {"action_id": "show:TKT-12", "block_id": "second"}
    async with httpx2.AsyncClient(base_url=world.slack.url) as page:
        await page.post("page/press", json=click)
    [pressed] = [body["actions"] for body in world.heard if body["type"] == "block_actions"]
    assert pressed[0]["block_id"] == "second"


async def test_mentions_presses_and_commands_reach_the_app_over_socket_mode(world: World) -> None:
    async with socket_mode(world):
        said = await world.slack.say("priya", "it-help", "@deskhand hello")
        [answer] = await world.slack.until(lambda: world.slack.replies("it-help", said.ts))
        assert (await world.slack.press("priya", answer, "TKT-12")).ok
        asked = await world.slack.command("priya", "it-help", "/ticket", "TKT-12")
        assert asked.body["text"] == "You asked for TKT-12"
    assert world.requests == []


async def test_app_connects_anew_after_socket_mode_disconnects(world: World) -> None:
    async with socket_mode(world):
        await world.slack.delivery.socket.disconnect()
        await world.slack.until(lambda: _opened(world) == 2 and world.is_connected)


def _opened(world: World) -> int:
    return len([call for call in world.slack.calls if call.method == "apps.connections.open"])
