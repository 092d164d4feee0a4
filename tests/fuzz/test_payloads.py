"""Slack's payloads with parts left out or replaced, signed and over HTTP."""

import json
import random
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.playground import payloads
from tests.fixtures import PRIYA, Desk
from tests.stories.telling import GENERAL, event, typed
from tests.stories.test_slack_entrance import FORM, JSON, post, signed

ODD: tuple[Any, ...] = (None, "", [], {}, 7, "x" * 300, "nul \x00 in it", True, [None], -(2**70))
MUTATIONS = 40


def mutated(value: Any, chance: random.Random) -> Any:
    """Return the payload with one of its values replaced or left out."""
    places = list(_places(value))
    *path, last = chance.choice(places)
    copy = json.loads(json.dumps(value))
    parent = copy
    for key in path:
        parent = parent[key]
    if chance.random() < 0.3 and isinstance(parent, dict):
        del parent[last]
    else:
        parent[last] = chance.choice(ODD)
    return copy


def _places(value: Any, path: tuple[Any, ...] = ()) -> Any:
    keys = range(len(value)) if isinstance(value, list) else value
    for key in keys:
        yield (*path, key)
        if isinstance(value[key], dict | list) and value[key]:
            yield from _places(value[key], (*path, key))


async def _shapes(desk: Desk) -> dict[str, tuple[Any, str]]:
    user, place = desk.slack.user(desk.user(PRIYA)), desk.slack.channel(GENERAL)
    message = typed(desk)
    element = {"type": "button", "action_id": "entity:MAC-5", "value": "MAC-5"}
    pressed = payloads.action("records:0", element, "1.0", {"value": "MAC-5"})
    trigger = desk.slack.new_trigger(user.id)
    shortcut = payloads.shortcut(user, "new_ticket", trigger, "1.0")
    press = {
        **shortcut,
        "type": "block_actions",
        "actions": [pressed],
        "container": {"type": "message", "channel_id": place.id, "message_ts": message.ts},
        "channel": {"id": place.id},
        "message": {"ts": message.ts, "blocks": [], "text": "hello"},
    }
    values = {"name": {"name": {"type": "plain_text_input", "value": "VPN"}}}
    view = {"id": "V1", "type": "modal", "callback_id": "form:create_ticket", "blocks": []}
    submission = {
        **shortcut,
        "type": "view_submission",
        "view": view | {"state": {"values": values}, "private_metadata": "{}"},
    }
    command = payloads.command("/ticket", "search vpn", user, place, trigger_id=trigger)
    return {
        "event": (event(desk, message), JSON),
        "press": (press, "payload"),
        "form": (submission, "payload"),
        "shortcut": (shortcut, "payload"),
        "command": (command, FORM),
    }


@pytest.mark.parametrize("shape", ["event", "press", "form", "shortcut", "command"])
async def test_odd_payload_from_slack_is_answered_without_an_error(desk: Desk, shape: str) -> None:
    chance = random.Random(shape)
    payload, kind = (await _shapes(desk))[shape]
    for _ in range(MUTATIONS):
        fresh = {"trigger_id": desk.slack.new_trigger(desk.user(PRIYA))}
        odd = mutated(payload if kind == JSON else payload | fresh, chance)
        if kind == JSON:
            body = json.dumps(odd).encode()
        else:
            body = urlencode({"payload": json.dumps(odd)} if kind == "payload" else odd).encode()
        kind_sent = JSON if kind == JSON else FORM
        status, said = await post(desk, body, signed(desk.slack.signing_secret, body), kind_sent)
        assert status < 500, odd
        assert "Traceback" not in said
