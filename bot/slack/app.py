"""The Bolt app: one listener for each thing that people do."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.error import BoltUnhandledRequestError

from bot.runtime import Runtime
from bot.slack.api.http import signing_secret
from bot.slack.api.respond import raise_refusals
from bot.slack.listeners.clicks import Clicks
from bot.slack.listeners.commands import Commands
from bot.slack.listeners.controls import Controls
from bot.slack.listeners.conversations import Conversations
from bot.slack.listeners.decisions import Decisions
from bot.slack.listeners.forms import Forms
from bot.slack.listeners.gate import Gate
from bot.slack.listeners.home import Home
from bot.slack.listeners.inbox import Inbox
from bot.slack.listeners.menus import options_as_buttons
from bot.slack.listeners.pace import Pace
from bot.slack.listeners.ratings import Ratings
from bot.slack.listeners.subcommands import COMMANDS
from bot.slack.render import blocks, cards
from bot.slack.render.conversations import ALL_CONVERSATIONS, DELETE_CONVERSATION
from bot.slack.render.forms import OFFERED_ACTION, RECORD_ACTION
from bot.slack.render.rating import RATE_ACTION

log = structlog.get_logger()

CLIENT = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")


def build_app(runtime: Runtime) -> AsyncApp:
    with _without_client():
        app = AsyncApp(
            name="deskhand",  # else Bolt walks the whole stack to find one: 50 ms
            client=runtime.slack,
            signing_secret=signing_secret(runtime.settings),
            # What nobody listens to becomes an error, which _failed acknowledges.
            raise_error_for_unhandled_request=True,
        )
    clicks, decisions, home = Clicks(runtime), Decisions(runtime), Home(runtime)
    controls, forms, conversations = Controls(runtime), Forms(runtime), Conversations(runtime)
    app.use(Gate(runtime))
    app.use(Inbox(runtime))
    app.use(raise_refusals)
    app.use(Pace(runtime))
    app.use(options_as_buttons)
    app.event("app_home_opened")(home.on_opened)
    for name in COMMANDS:
        app.command(name)(Commands(runtime).on_command)
    app.action(re.compile(f"^{blocks.ENTITY_ACTION}"))(clicks.on_record)
    app.action(cards.CLOSE_ACTION)(clicks.on_close)
    app.action(re.compile(f"^{blocks.TOOL_ACTION}"))(clicks.on_tool)
    app.action(re.compile(f"^{blocks.FORM_ACTION}"))(forms.on_open)
    app.options(re.compile(f"^{RECORD_ACTION}"))(forms.on_options)
    app.options(re.compile(f"^{OFFERED_ACTION}"))(forms.on_offered)
    app.view(re.compile(f"^{blocks.FORM_ACTION}"))(forms.on_submit)
    app.action(re.compile("^consent:"))(decisions.on_decision)
    app.action(blocks.STOP)(controls.on_stop)
    app.event("agent_session_stopped")(controls.on_session_stopped)
    app.action(blocks.RETRY)(controls.on_retry)
    app.action(re.compile(f"^{RATE_ACTION}"))(Ratings(runtime).on_rate)
    app.action(ALL_CONVERSATIONS)(conversations.on_all)
    app.action(re.compile(f"^{DELETE_CONVERSATION}:"))(conversations.on_delete)
    app.shortcut("new_ticket")(forms.on_new_ticket)
    app.shortcut("create_ticket_from_message")(forms.on_ticket_from_message)
    # Bolt answers 404 to what nobody listens to, and Slack would deliver it again.
    app.event(re.compile(".*"))(_nothing)
    app.action(re.compile(".*"))(_acknowledge)  # a link button, or one of an earlier version
    app.error(_failed)
    return app


@contextmanager
def _without_client() -> Iterator[None]:
    """Hide the environment variables of Sign in with Slack from Bolt during the block.

    Bolt reads them whatever its `oauth_settings` are; it would then use OAuth and ignore the token.
    """
    hidden = {name: os.environ.pop(name) for name in CLIENT if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


async def _nothing() -> None:
    """Acknowledge an event that the desk does nothing about."""


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()


async def _failed(error: Exception, body: dict[str, Any]) -> BoltResponse | None:
    """Log a failed request; only an event gets an error status, so that Slack delivers it again."""
    if isinstance(error, BoltUnhandledRequestError):
        log.warning("request_ignored", kind=body.get("type"))
        return BoltResponse(status=200)
    log.error("listener_failed", kind=body.get("type"), exc_info=error)
    return None if "event" in body else BoltResponse(status=200)
