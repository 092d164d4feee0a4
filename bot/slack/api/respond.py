"""Messages through a response_url, where a refusal of Slack is an exception."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.webhook.webhook_response import WebhookResponse


class RespondError(Exception):
    """Slack refused what was sent to a response_url; its text is Slack's error code."""


class Respond(AsyncRespond):
    """Bolt's `respond`, which raises `RespondError` where Bolt only returns Slack's refusal."""

    async def __call__(self, *args: Any, **message: Any) -> WebhookResponse:
        answer = await super().__call__(*args, **message)
        if error := _refusal(answer):
            raise RespondError(error)
        return answer


async def raise_refusals(context: AsyncBoltContext, next_: Callable[[], Awaitable[None]]) -> None:
    """Middleware that gives listeners a `respond` that raises."""
    slack = context.client
    context["respond"] = Respond(
        response_url=context.response_url, proxy=slack.proxy, ssl=slack.ssl
    )
    await next_()


def _refusal(answer: WebhookResponse) -> str:
    """Return Slack's error code; empty if it accepted the message. It may refuse with status 200.

    An accepted message is answered with “ok”, or with JSON.
    """
    told = orjson.loads(answer.body) if answer.body.startswith("{") else {}
    if answer.status_code < 400 and told.get("ok", True):
        return ""
    return str(told.get("error") or answer.status_code)
