"""What Slack says when it does not do what it is asked for."""

from typing import Any

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


def reason(error: SlackApiError) -> str:
    """Slack's word for it; empty where something else than Slack has answered."""
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


async def attempt(method: Any, **arguments: Any) -> Any:
    """None where the place is gone for good; what may pass raises, and is retried."""
    try:
        return await method(**arguments)
    except SlackApiError as error:
        if reason(error) not in GONE:
            raise
        log.warning("place_gone", error=reason(error))
        return None
