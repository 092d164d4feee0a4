"""Messages that carry a mark: after an unclear result they are looked for, not posted again."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.errors import attempt
from bot.slack.api.pagination import items

log = structlog.get_logger()

METADATA = "deskhand_answer"
CLOCKS_APART = 60.0
"""Seconds by which the database's clock may differ from Slack's."""

UNDER_WAY = 15.0
"""Seconds within which Slack takes a request that nobody waits for any more, or never does."""

Mark = dict[str, str]
Message = dict[str, Any]


async def post(slack: AsyncWebClient, mark: Mark, message: Message, **where: Any) -> str | None:
    """The timestamp of the message; None where there is no place for it."""
    sent = await attempt(
        slack.chat_postMessage,
        **where,
        **message,
        metadata={"event_type": METADATA, "event_payload": mark},
        unfurl_links=False,
        unfurl_media=False,
    )
    return str(sent["ts"]) if sent else None


async def wait_out(since: datetime) -> None:
    """Until whatever was sent before then has come to Slack, or never will."""
    under_way = UNDER_WAY - (datetime.now(UTC) - since).total_seconds()
    await asyncio.sleep(max(0.0, under_way))


async def find(method: Any, since: datetime, **where: Any) -> list[tuple[str, Mark]]:
    """What was posted there since then, by its marks."""
    oldest = f"{since.timestamp() - CLOCKS_APART:.6f}"
    where |= {"oldest": oldest, "include_all_metadata": True}
    return [
        (each["ts"], (each.get("metadata") or {}).get("event_payload") or {})
        async for each in items(partial(attempt, method), "messages", **where)
    ]


async def send_directly(
    slack: AsyncWebClient, user: str, mark: Mark, message: Message, begun: datetime | None
) -> str | None:
    """Write to a person; if that was `begun` before, look first whether it has arrived."""
    if begun and (opened := await attempt(slack.conversations_open, users=user)):
        channel = opened["channel"]["id"]
        for ts, known in await find(slack.conversations_history, begun, channel=channel):
            if known == mark:
                return ts
    return await post(slack, mark, message, channel=user)
