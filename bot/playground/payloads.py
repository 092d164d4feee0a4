"""The bodies of what Slack delivers to an app; pure functions of the state."""

import secrets
import time
from typing import Any

from bot.playground.nouns import APP, BOT_ID, BOT_USER, TEAM, Channel, Json, Message, User, View

VERIFICATION_TOKEN = "Jhj5dZrVaK7ZwHHjRyZWjbDl"  # noqa: S105 - deprecated by Slack, still sent
DOMAIN = "deskhand-playground"


def event_callback(event: Json, channel: Channel | None = None) -> Json:
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(5).upper(),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
        "event_context": secrets.token_urlsafe(24),
    }


def message_event(message: Message, channel: Channel, root: Message | None = None) -> Json:
    event = message.as_slack() | _place(message, channel)
    for key in ("reply_count", "reply_users", "reply_users_count", "latest_reply"):
        event.pop(key, None)
    if root:
        event["parent_user_id"] = root.user
    if message.from_bot:
        event["bot_profile"] = {"id": BOT_ID, "app_id": APP, "team_id": TEAM, "deleted": False}
    return event


def mention_event(message: Message, channel: Channel, root: Message | None = None) -> Json:
    event = message_event(message, channel, root) | {"type": "app_mention"}
    del event["channel_type"]
    return event


def changed_event(message: Message, before: Json, channel: Channel, ts: str) -> Json:
    place = _place(message, channel) | {"ts": ts, "event_ts": ts}
    kind = {"type": "message", "subtype": "message_changed", "hidden": True}
    return kind | place | {"message": message.as_slack(), "previous_message": before}


def deleted_event(message: Message, channel: Channel, ts: str) -> Json:
    place = _place(message, channel) | {"ts": ts, "event_ts": ts}
    kind = {"type": "message", "subtype": "message_deleted", "hidden": True}
    return kind | place | {"deleted_ts": message.ts, "previous_message": message.as_slack()}


def _place(message: Message, channel: Channel) -> Json:
    return {
        "channel": channel.id,
        "channel_type": channel.channel_type,
        "event_ts": message.ts,
    }


def home_opened_event(user: str, channel: str, tab: str, view: View | None, ts: str) -> Json:
    event = {
        "type": "app_home_opened",
        "user": user,
        "channel": channel,
        "tab": tab,
        "event_ts": ts,
    }
    return event | {"view": view.as_slack()} if view and tab == "home" else event


def session_stopped_event(message: Message, user: str, streams: list[str], ts: str) -> Json:
    return {
        "type": "agent_session_stopped",
        "user": user,
        "channel": message.channel,
        "thread_ts": message.thread_ts or message.ts,
        "streaming_message_ts": streams,
        "event_ts": ts,
    }


def command(name: str, text: str, user: User, channel: Channel, **urls: str) -> Json:
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.is_im else channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        **urls,
    }


def _interaction(kind: str, user: User) -> Json:
    return {
        "type": kind,
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team_id,
        },
        "api_app_id": APP,
        "token": VERIFICATION_TOKEN,
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_actions(
    user: User, channel: Channel, message: Message, action: Json, state: Json, **urls: str
) -> Json:
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.is_ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    body = _interaction("block_actions", user) | {
        "container": container,
        "channel": _channel(channel),
        "state": {"values": state},
        "actions": [action],
        **urls,
    }
    # Slack leaves the content out for ephemeral messages: it doesn't keep them.
    return body if message.is_ephemeral else body | {"message": message.as_slack()}


def view_actions(user: User, view: View, action: Json, state: Json, trigger_id: str) -> Json:
    return _interaction("block_actions", user) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger_id,
        "view": view.as_slack(state),
        "actions": [action],
    }


def view_submission(user: User, view: View, values: Json, trigger_id: str) -> Json:
    body = {"trigger_id": trigger_id, "view": view.as_slack(values), "response_urls": []}
    return _interaction("view_submission", user) | body


def view_closed(user: User, view: View, *, cleared: bool) -> Json:
    body = {"view": view.as_slack(), "is_cleared": cleared}
    return _interaction("view_closed", user) | body


def suggestion(user: User, block_id: str, action_id: str, value: str, container: Json) -> Json:
    body = {"action_id": action_id, "block_id": block_id, "value": value}
    return _interaction("block_suggestion", user) | body | container


def shortcut(user: User, callback_id: str, trigger_id: str, ts: str) -> Json:
    body = {"callback_id": callback_id, "trigger_id": trigger_id, "action_ts": ts}
    return _interaction("shortcut", user) | body


def message_shortcut(
    user: User, channel: Channel, message: Message, callback_id: str, ts: str, **urls: str
) -> Json:
    return _interaction("message_action", user) | {
        "callback_id": callback_id,
        "action_ts": ts,
        "message_ts": message.ts,
        "channel": _channel(channel),
        "message": message.as_slack(),
        **urls,
    }


def _channel(channel: Channel) -> Json:
    return {"id": channel.id, "name": "directmessage" if channel.is_im else channel.name}


def action(block_id: str, element: Json, ts: str, chosen: Json) -> Json:
    """Return an entry of `actions`: the element as it was shown, and what the person chose."""
    kept: dict[str, Any] = {k: element[k] for k in ("type", "action_id") if k in element}
    if element["type"] == "button":
        kept |= {k: element[k] for k in ("text", "value", "style", "url") if k in element}
    return kept | {"block_id": block_id, "action_ts": ts} | chosen
