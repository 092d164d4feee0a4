"""What Slack says when it does not do what it is asked for."""

import asyncio
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

log = structlog.get_logger()

REFUSED_TOKEN = {
    "account_inactive",
    "invalid_auth",
    "not_authed",
    "token_expired",
    "token_revoked",
}
"""The app was taken out of the workspace, or its token replaced: only an admin can help."""

GONE = {
    "cannot_dm_bot",
    "cannot_reply_to_message",
    "channel_not_found",
    "is_archived",
    "message_not_found",
    "messages_tab_disabled",
    "not_in_channel",
    "restricted_action",
    "thread_not_found",
    "user_disabled",
    "user_not_found",
    "user_not_in_channel",
    *REFUSED_TOKEN,
}
"""What Slack says when there is no such place any more, or none for the desk: trying again would
not help."""

_MAY_PASS = {
    "fatal_error",
    "internal_error",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
}

NO_ANSWER = (SlackApiError, aiohttp.ClientError, TimeoutError)
"""What a call raises that did not get what it asked for."""

UNSENT = (aiohttp.ClientConnectorError, aiohttp.ClientConnectionResetError)
"""No connection, or one that the other side had closed before the request was written."""

AT_START = (1.0, 2.0, 4.0, 8.0)
"""Seconds between the tries of what a start cannot do without."""


def reason(error: Exception) -> str:
    """Slack's word for it; empty where it said none, or something else has answered."""
    data = getattr(getattr(error, "response", None), "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


async def patiently(method: Any, **arguments: Any) -> Any:
    """What a start needs to know of Slack; what may pass is asked again before it raises."""
    for delay in AT_START:
        try:
            return await method(**arguments)
        except NO_ANSWER as error:
            if not may_pass(error):
                raise
            log.warning("slack_does_not_answer", error=type(error).__name__, again_in=delay)
            await asyncio.sleep(delay)
    return await method(**arguments)


def may_pass(error: Exception) -> bool:
    """Whether asking again may help: Slack is away or busy, and has not refused."""
    if not isinstance(error, SlackApiError):
        return True
    return getattr(error.response, "status_code", 0) >= 500 or reason(error) in _MAY_PASS


def may_be_under_way(error: Exception) -> bool:
    """Whether Slack may still do what it was asked for: it did not come to say anything."""
    return isinstance(error, NO_ANSWER) and not isinstance(error, (SlackApiError, *UNSENT))


async def attempt(method: Any, **arguments: Any) -> Any:
    """None where the place is gone for good; what may pass raises, and is retried."""
    try:
        return await method(**arguments)
    except SlackApiError as error:
        if reason(error) not in GONE:
            raise
        log.warning("place_gone", error=reason(error))
        return None
