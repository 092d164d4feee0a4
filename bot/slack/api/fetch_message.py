"""One message of a thread, as Slack has it now."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.errors import attempt


async def fetch_message(
    slack: AsyncWebClient, channel: str, thread_ts: str, ts: str, attempts: int = 0
) -> dict[str, Any] | None:
    """Return the message with this timestamp; None if it is gone for good.

    `attempts`: how many attempts have failed before, see `attempt`.
    """
    found = await attempt(
        slack.conversations_replies,
        attempts,
        channel=channel,
        ts=thread_ts,
        oldest=ts,
        latest=ts,
        inclusive=True,
    )
    # Slack returns the first message of the thread as well.
    messages = found["messages"] if found else ()
    return next((each for each in messages if each["ts"] == ts), None)
