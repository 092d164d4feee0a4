"""Messages that carry a key in their metadata, so that they can be found again."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.errors import attempt
from bot.slack.api.pagination import items
from bot.slack.render.progress import WORKING_BLOCK

METADATA = "deskhand_message"
CLOCK_SKEW = 60.0
"""The maximum difference in seconds between the database's clock and Slack's."""

REQUEST_LIFETIME = 15.0
"""Seconds after which Slack has either carried out a sent request or never will."""

Body = dict[str, Any]
"""Text and blocks of a message, as arguments of `chat.postMessage`."""


async def post(slack: AsyncWebClient, key: str, body: Body, **where: Any) -> str:
    """Post a message and return its timestamp; raise if Slack refuses it."""
    sent = await slack.chat_postMessage(
        **where,
        **body,
        metadata=_metadata(key),
        unfurl_links=False,
        unfurl_media=False,
    )
    return str(sent["ts"])


async def update(slack: AsyncWebClient, key: str, body: Body, **where: Any) -> str:
    """Replace a posted message's text and blocks and give it this key; raise if Slack refuses.

    Calling it again does no harm.
    """
    changed = await slack.chat_update(**where, **body, metadata=_metadata(key))
    return str(changed["ts"])


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": METADATA, "event_payload": {"key": key}}


async def find(method: Any, attempts: int, since: datetime, **where: Any) -> dict[str, str]:
    """Return the timestamps of the desk's messages in a channel or thread, by their keys.

    Empty if the channel is gone, or if Slack refuses for good; for `attempts` see `attempt`.
    Messages before `since` are left out: threads grow long, and Slack lists the oldest first.
    """
    where |= {
        "oldest": f"{since.timestamp() - CLOCK_SKEW:.6f}",
        "include_all_metadata": True,
    }
    found = {}
    async for message in items(partial(attempt, method, attempts), "messages", **where):
        if key := _key_of(message):
            found[key] = message["ts"]
    return found


def _key_of(message: dict[str, Any]) -> str:
    """Return a message's key; of an unfinished stream it is the id of the Stop button's block."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    ids = (str(block.get("block_id", "")) for block in message.get("blocks") or ())
    streamed = (each for each in ids if each.startswith(WORKING_BLOCK))
    return payload.get("key") or next(streamed, "")


async def wait_out(since: datetime) -> None:
    """Wait until a request sent before `since` has reached Slack or never will."""
    left = REQUEST_LIFETIME - (datetime.now(UTC) - since).total_seconds()
    await asyncio.sleep(max(0.0, left))
