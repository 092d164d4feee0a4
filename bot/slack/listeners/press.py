"""What every button press shares: it is acknowledged at once and always answered."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError

from bot.runtime import Runtime
from bot.slack.api.errors import reason
from bot.slack.api.respond import RespondError
from bot.slack.render import views
from bot.slack.render.text import mrkdwn
from bot.slack.sentences import OUTDATED, SORRY
from services.errors import DeskError

log = structlog.get_logger()

Body = dict[str, Any]

PATIENCE = 2.0
"""Seconds until a slow call is answered before its result is known: Slack waits for three."""

LARGEST = 2**63 - 1
"""The largest id that a row of the database can have."""


def press(listener: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Turn a method of `(body, respond)` into a Bolt listener that shows errors to the person."""

    # functools.wraps would show Bolt the parameters of the method, without `ack`.
    async def on_press(self: Any, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        try:
            await listener(self, body, respond)
        except DeskError as error:
            await _tell_or_log(self.runtime, body, respond, str(error))
        except Exception:
            log.exception("press_failed", listener=listener.__name__)
            await _tell_or_log(self.runtime, body, respond, SORRY)

    on_press.__name__ = listener.__name__
    return on_press


async def ended_in_time(calling: asyncio.Task[Any]) -> bool:
    """Wait for a call as long as Slack waits for an answer; the call goes on after that."""
    done, _ = await asyncio.wait({calling}, timeout=PATIENCE)
    return bool(done)


async def _tell_or_log(runtime: Runtime, body: Body, respond: AsyncRespond, sentence: str) -> None:
    """Tell the person; log a failure, because raising it just after `ack` would undo the `ack`."""
    try:
        await tell(runtime, body, respond, sentence)
    except Exception as error:
        log.warning("press_not_answered", error=type(error).__name__)


async def tell(runtime: Runtime, body: Body, respond: AsyncRespond, sentence: str) -> None:
    """Show a sentence to the person alone: below the message, else in a dialog.

    Views and global shortcuts have no message.
    """
    notice = views.notice_view(sentence)
    if not body.get("response_url"):
        await show_view(runtime, body, notice)
        return
    below = {"response_type": "ephemeral", "replace_original": False, **thread_in(body)}
    await respond_or_show(runtime, body, respond, notice, text=mrkdwn(sentence), **below)


async def respond_or_show(
    runtime: Runtime, body: Body, respond: AsyncRespond, view: Body, **message: Any
) -> bool:
    """Send the message through the response_url, or open the view if Slack refuses it.

    Returns whether the message was sent.
    """
    try:
        await respond(**message)
    except RespondError as error:
        log.warning("response_refused", error=str(error))
        await show_view(runtime, body, view)
        return False
    return True


async def show_view(runtime: Runtime, body: Body, view: Body) -> str:
    """Open a dialog and return the id of its view.

    If the button stands in a dialog, the new dialog is put on top of it. Slack stacks at most three
    dialogs: a fourth replaces the dialog with the button.
    """
    below, trigger = body.get("view") or {}, body.get("trigger_id", "")
    if below.get("type") != "modal":
        opened = await runtime.slack.views_open(trigger_id=trigger, view=view)
        return str(opened["view"]["id"])
    try:
        pushed = await runtime.slack.views_push(trigger_id=trigger, view=view)
    except SlackApiError as error:
        if reason(error) != "push_limit_reached":
            raise
        await runtime.slack.views_update(view_id=below["id"], view=view)
        return str(below["id"])
    return str(pushed["view"]["id"])


def action_in(body: Body) -> Body:
    """Return the pressed element, or raise `DeskError` where Slack names none."""
    actions = body.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        raise DeskError(OUTDATED)
    return actions[0]


def number_in(body: Body) -> int:
    """Return the row number that is the button's value, or raise `DeskError`."""
    value = str(action_in(body).get("value") or "")
    if not (value.isascii() and value.isdigit() and 0 < int(value[:20]) <= LARGEST):
        raise DeskError(OUTDATED)
    return int(value)


def thread_in(body: Body) -> Body:
    """Return the thread of the pressed message, as arguments for a reply."""
    thread = (body.get("container") or {}).get("thread_ts")
    thread = thread or (body.get("message") or {}).get("thread_ts")
    return {"thread_ts": thread} if thread else {}


def is_ephemeral(body: Body) -> bool:
    return bool((body.get("container") or {}).get("is_ephemeral"))


def read_alone(body: Body) -> bool:
    """Return whether only the person who pressed reads the message."""
    place = str((body.get("container") or {}).get("channel_id", ""))
    return is_ephemeral(body) or place.startswith("D")
