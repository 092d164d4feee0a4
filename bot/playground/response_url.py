"""A payload's response_url: with it an app posts, replaces or deletes, five times in 30 minutes."""

import time

from bot.playground.faults import SlackError
from bot.playground.limits import block_errors
from bot.playground.nouns import BOT_USER, Channel, Json, Message
from bot.playground.state import State


def answer(state: State, token: str, body: Json) -> None:
    """Carry out a request to a response_url; raise `SlackError` where Slack answers an error."""
    url = state.response_urls.get(token)
    if url is None or time.monotonic() > url["until"]:
        raise SlackError("expired_url")
    if url["uses"] <= 0:
        raise SlackError("used_url")
    errors = block_errors(body.get("blocks") or [], "message")
    if errors:
        raise SlackError("invalid_blocks", errors=errors)
    # Slack documents a thread for new messages alone.
    if body.get("thread_ts") and _flag(body, "replace_original"):
        raise SlackError("invalid_arguments")
    url["uses"] -= 1
    original = _original(state, url)
    if _flag(body, "delete_original"):
        if original:
            state.remove(original)
    elif original and _flag(body, "replace_original"):
        replace(state, original, body)
    else:
        respond(state, state.channels[url["channel"]], url["user"], body)


def respond(state: State, channel: Channel, user: str, body: Json) -> Message | None:
    """Post a new message; only the person sees it unless the app says `in_channel`."""
    text, blocks = body.get("text") or "", body.get("blocks") or []
    if not text and not blocks and not body.get("attachments"):
        return None
    thread_ts = body.get("thread_ts")
    only_for = None if body.get("response_type") == "in_channel" else user
    rest = {"attachments": body.get("attachments") or [], "only_for": only_for}
    if only_for is None and thread_ts:
        thread_ts = state.thread_root(channel, thread_ts).ts
    return state.post(channel, BOT_USER, text, blocks=blocks, thread_ts=thread_ts, **rest)


def replace(state: State, message: Message, body: Json) -> None:
    """Replace the message; it stays ephemeral, or visible to all, as it was."""
    from_blocks = body.get("blocks") or []
    message.text, message.blocks = body.get("text") or "", from_blocks
    message.attachments = body.get("attachments") or []
    state.refresh(message)


def _original(state: State, url: Json) -> Message | None:
    ts = url.get("ts")
    if not ts:
        return None
    for message in state.private:
        if message.ts == ts and message.only_for == url["user"]:
            return message
    return state.messages[url["channel"]].get(ts)


def _flag(body: Json, name: str) -> bool:
    return body.get(name) in (True, "true", "1")
