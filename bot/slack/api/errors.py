"""Errors of Slack calls: which are final, which may pass, which leave the result unclear."""

import asyncio
from http import HTTPStatus
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from services.storage.database import AWAY

log = structlog.get_logger()

REFUSED_TOKEN = {
    "account_inactive",
    "invalid_auth",
    "not_authed",
    "token_expired",
    "token_revoked",
}
"""The app was removed from the workspace or its token replaced: only an admin can help."""

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
"""Errors that say the place is gone or closed to the desk: trying again would not help."""

_MAY_PASS = {
    "fatal_error",
    "internal_error",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
}

LASTS_AFTER = 5
"""Failed attempts (some 30 seconds with the queue's delays) after which an error that is temporary
by its name is taken for a lasting one: the cause may be this message or this place."""

CALL_FAILED = (SlackApiError, aiohttp.ClientError, TimeoutError)
"""What a failed call raises."""

UNSENT = (aiohttp.ClientConnectorError, aiohttp.ClientConnectionResetError)
"""No connection, or one that the other side had closed before the request was written."""

START_RETRIES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts of a call that the process cannot start without."""


def reason(error: Exception) -> str:
    """Return Slack's error code; empty if there is none."""
    data = getattr(getattr(error, "response", None), "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


async def call_at_start(method: Any, **arguments: Any) -> Any:
    """Call a method that a start depends on; retry passing errors for some 15 seconds."""
    for delay in START_RETRIES:
        try:
            return await method(**arguments)
        except CALL_FAILED as error:
            if not may_pass(error) or is_of_another_server(error):
                raise
            log.warning("slack_unreachable", error=type(error).__name__, retry_in=delay)
            await asyncio.sleep(delay)
    return await method(**arguments)


def may_pass(error: Exception, attempts: int = 0) -> bool:
    """Return whether trying again may help: Slack or the database is away or busy.

    After a refusal, or an error that nobody has foreseen, the same would happen again. So it would
    after many failed attempts if Slack names an error.
    """
    if not isinstance(error, SlackApiError):
        return isinstance(error, (aiohttp.ClientError, OSError, *AWAY))
    if attempts >= LASTS_AFTER and reason(error) not in ("", "ratelimited"):
        return False
    return _is_busy(error) or reason(error) in _MAY_PASS or is_of_another_server(error)


def is_of_another_server(error: Exception) -> bool:
    """Return whether an answer has neither Slack's error code nor says that a server is busy.

    At a start it shows a wrong address, and later that something on the way has answered.
    """
    return isinstance(error, SlackApiError) and not reason(error) and not _is_busy(error)


def _is_busy(error: Exception) -> bool:
    answer = getattr(error, "response", None)
    status = getattr(answer, "status_code", 0) or getattr(answer, "status", 0)
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500


def may_be_under_way(error: Exception) -> bool:
    """Return whether Slack may have taken, or may still take, the request that failed."""
    return isinstance(error, CALL_FAILED) and not isinstance(error, (SlackApiError, *UNSENT))


async def attempt(method: Any, attempts: int = 0, /, **arguments: Any) -> Any:
    """Call a method; return None if Slack refuses for good. Errors that may pass raise."""
    try:
        return await method(**arguments)
    except SlackApiError as error:
        if may_pass(error, attempts):
            raise
        log.warning("call_refused", error=reason(error))
        return None


async def best_effort(method: Any, **arguments: Any) -> None:
    """Call a method whose failure does no harm; errors are only logged."""
    try:
        await method(**arguments)
    except Exception as error:
        log.debug("slack_call_failed", error=type(error).__name__)
