"""The Bolt app: one listener for each thing that people do."""

import re
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.runtime import Runtime
from bot.slack.listeners import commands
from bot.slack.listeners.clicks import Clicks
from bot.slack.listeners.controls import Controls
from bot.slack.listeners.decisions import Decisions
from bot.slack.listeners.home import Home
from bot.slack.listeners.inbox import Inbox
from bot.slack.render import blocks

log = structlog.get_logger()

SORRY = (
    "Something went wrong here, and the desk's admins can read what in the log. Please try again."
)


def build_app(runtime: Runtime) -> AsyncApp:
    app = AsyncApp(
        name="deskhand",  # else Bolt walks the whole stack to find one: 50 ms
        client=runtime.slack,
        # Socket Mode needs none; HTTP does not start without (check_slack in serve.py).
        signing_secret=runtime.settings.slack_signing_secret or "socket-mode",
        # Explicit, or Bolt takes OAuth settings out of the environment and ignores the token.
        oauth_settings=None,
        oauth_flow=None,
    )
    clicks, decisions, home = Clicks(runtime), Decisions(runtime), Home(runtime)
    controls = Controls(runtime)
    app.use(Inbox(runtime))
    app.event("app_home_opened")(home.on_opened)
    for name in commands.COMMANDS:
        app.command(name)(_command(runtime))
    app.action(re.compile(f"^{blocks.ENTITY_ACTION}"))(clicks.on_record)
    app.action(blocks.CLOSE_ACTION)(clicks.on_close)
    app.action(blocks.UNDO_ACTION)(clicks.on_undo)
    app.action(re.compile("^consent:"))(decisions.on_decision)
    app.action(blocks.STOP)(controls.on_stop)
    app.event("agent_session_stopped")(controls.on_session_stopped)
    app.action(blocks.RETRY)(controls.on_retry)
    app.action("new_ticket")(home.on_new_ticket)
    app.action(re.compile("^page:"))(clicks.on_link)
    app.shortcut("new_ticket")(home.on_new_ticket)
    app.shortcut("create_ticket_from_message")(home.on_ticket_from_message)
    app.view("ticket_form")(home.on_ticket_form)
    # Bolt answers 404 to what nobody listens to, and Slack would deliver it again.
    app.event(re.compile(".*"))(_nothing)
    app.action(re.compile(".*"))(clicks.on_link)
    app.error(_unexpected)
    return app


def _command(runtime: Runtime) -> Any:
    async def on_command(ack: AsyncAck, command: dict[str, Any]) -> None:
        try:
            shown = await commands.respond(runtime, command)
        except Exception:
            log.exception("command_failed", command=command["command"])
            shown = blocks.sentence(SORRY)
        await ack(response_type="ephemeral", text=" ", blocks=shown)

    return on_command


async def _nothing() -> None:
    """An event that asks nothing of the desk."""


async def _unexpected(error: Exception, body: dict[str, Any]) -> None:
    log.error("listener_failed", kind=body.get("type"), exc_info=error)
