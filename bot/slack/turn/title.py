"""The title of a thread in Slack's list of conversations with the desk."""

import asyncio

from bot.runtime import Runtime
from bot.slack.api.errors import best_effort
from bot.slack.turn.opening import OpenTurn
from services.agent.titles import title_of
from services.context import Audience

TIMEOUT = 5.0
"""The maximum seconds that a turn waits, before it ends, for Slack to set the title."""


async def set_title(runtime: Runtime, opened: OpenTurn) -> None:
    """Name a thread of direct messages after its first question. Best effort.

    Only the first turn sets it, and only in its first run.
    """
    is_first = all(message["role"] == "user" for message in opened.messages)
    is_direct = opened.turn.audience == Audience.private
    if is_first and is_direct and opened.person and not opened.resumed:
        await best_effort(_set, runtime=runtime, opened=opened)


async def _set(runtime: Runtime, opened: OpenTurn) -> None:
    async with asyncio.timeout(TIMEOUT):
        await runtime.slack.assistant_threads_setTitle(
            channel_id=opened.thread.channel,
            thread_ts=opened.thread.thread_ts,
            title=title_of(opened.messages[0]["content"]),
        )
