"""Errors of Slack calls: which are final, which are temporary, which leave the result unclear."""

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
"""Error codes of a token that Slack refuses: the app was removed, or its token replaced. Only an
admin can help."""

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
"""Error codes of a place or person that the desk cannot write to: a retry would not help."""

_MAY_PASS = {
    "fatal_error",
    "internal_error",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
}

LASTS_AFTER = 5
"""After this number of failed attempts a temporary error is treated as permanent: its cause may be
this message or place. With the queue's delays that takes about 30 seconds."""

CALL_FAILED = (SlackApiError, aiohttp.ClientError, TimeoutError)
"""The exceptions that a failed call raises."""

UNSENT = (aiohttp.ClientConnectorError, aiohttp.ClientConnectionResetError)
"""The exceptions of a request that was never sent: no connection, or one that Slack had closed."""

SOON = (0.5, 1.0, 2.0)
"""Seconds before each further call, until a temporary error counts as permanent."""

START_RETRIES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between the attempts of a call without which the process cannot start."""


def reason(error: Exception) -> str:
    """Return Slack's error code; empty if the error has none."""
    data = getattr(getattr(error, "response", None), "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


async def call_at_start(method: Any, **arguments: Any) -> Any:
    """Call a method that the process needs to start; retry temporary errors for 15 seconds."""
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
    """Return whether a retry may help: Slack or the database is unreachable or busy.

    It would not help after a refusal by Slack or the database, or after an unforeseen error. Nor
    would it after `LASTS_AFTER` failed `attempts`, if Slack answered this one with an error code.
    """
    if not isinstance(error, SlackApiError):
        return isinstance(error, (aiohttp.ClientError, OSError, *AWAY))
    if attempts >= LASTS_AFTER and reason(error) not in ("", "ratelimited"):
        return False
    return _is_busy(error) or reason(error) in _MAY_PASS or is_of_another_server(error)


def is_of_another_server(error: Exception) -> bool:
    """Return whether the answer seems to come from another server than Slack.

    It has neither an error code of Slack's nor the HTTP status of a busy server. When a call at the
    start of the process fails like this, the configured address is wrong; later it is a proxy that
    answers in place of Slack.
    """
    return isinstance(error, SlackApiError) and not reason(error) and not _is_busy(error)


def _is_busy(error: Exception) -> bool:
    answer = getattr(error, "response", None)
    status = getattr(answer, "status_code", 0) or getattr(answer, "status", 0)
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500


def may_be_under_way(error: Exception) -> bool:
    """Return whether Slack may have received, or may still receive, the request that failed."""
    return isinstance(error, CALL_FAILED) and not isinstance(error, (SlackApiError, *UNSENT))


async def attempt(method: Any, attempts: int = 0, /, **arguments: Any) -> Any:
    """Call a method of Slack; return None if Slack refuses for good. Temporary errors are raised.

    `attempts`: how many attempts have failed before, such as by the end of a process; see
    `may_pass`. Even after many, a temporary error counts as permanent only if further calls soon
    after it fail too: a message that is not found because of it would be sent twice.
    """
    pauses = iter(SOON)
    while True:
        try:
            return await method(**arguments)
        except SlackApiError as error:
            if may_pass(error, attempts):
                raise
            pause = next(pauses, None) if may_pass(error) else None
            if pause is None:
                log.warning("call_refused", error=reason(error))
                return None
            await asyncio.sleep(pause)


async def best_effort(method: Any, **arguments: Any) -> None:
    """Call a method whose failure does no harm; errors are only logged."""
    try:
        await method(**arguments)
    except Exception as error:
        log.debug("slack_call_failed", error=type(error).__name__)
