"""Slash commands: a subcommand calls its tool, and any other words are a question to the agent."""

import asyncio
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from bot.runtime import Runtime
from bot.slack.api.respond import RespondError
from bot.slack.listeners import by_hand
from bot.slack.listeners.forms import open_form
from bot.slack.listeners.listener import Listener
from bot.slack.listeners.press import ended_in_time
from bot.slack.listeners.subcommands import did_you_mean, find, help_text, split
from bot.slack.outbox.asked import ask
from bot.slack.reading.names import names_at_slack, read_typed
from bot.slack.render import blocks
from bot.slack.render.ack import fits_ack
from bot.slack.sentences import ASKED, SLOW, SORRY
from services.context import Context
from services.entities.base import find_ids, load
from services.errors import DeskError
from services.tools.settings import marked_channels, with_names
from services.tools.typed import typed_arguments, unquoted

log = structlog.get_logger()

HELP_WORDS = ("", "help", "?")


async def answer(runtime: Runtime, body: dict[str, Any]) -> list[blocks.Block] | None:
    """Return what the person alone sees below the command; None where a form was opened."""
    try:
        return await _run(runtime, body)
    except DeskError as error:
        return blocks.sentence(str(error))
    except Exception:
        log.exception("command_failed", command=body.get("command"))
        return blocks.sentence(SORRY)


async def _run(runtime: Runtime, body: dict[str, Any]) -> list[blocks.Block] | None:
    said = await read_typed(runtime, body.get("text") or "")
    word, rest = split(body["command"], said)
    entry = find(body["command"], word, rest)
    if entry and entry[0].form and not rest:
        await open_form(runtime, body, body["user_id"], entry[1], {})
        return None
    async with by_hand.as_person(runtime, body["user_id"]) as ctx:
        shown = await _shown(runtime, ctx, body, said)
    if shown is None:
        await ask(runtime, body["user_id"], body["command"], unquoted(body["text"]))
        return blocks.sentence(ASKED)
    return shown


async def _shown(
    runtime: Runtime, ctx: Context, body: dict[str, Any], said: str
) -> list[blocks.Block] | None:
    """Return the answer of a subcommand, or help; None if the text is a question to the agent."""
    word, rest = split(body["command"], said)
    key = unquoted(said).upper()
    if find_ids(key) == [key]:
        return by_hand.shown(await by_hand.outcome(runtime, ctx, await load(ctx, key)))
    if entry := find(body["command"], word, rest):
        slash, tool = entry
        given = await typed_arguments(ctx, tool, slash, rest, body.get("channel_id") or "")
        result = await by_hand.outcome(runtime, ctx, await tool(ctx, **given))
        return by_hand.shown(await _with_channels(runtime, ctx, result))
    if said.lower() in HELP_WORDS:
        return blocks.sentence(help_text(ctx))
    if near := did_you_mean(ctx, body["command"], word, rest):
        return blocks.sentence(f"{near}\n{help_text(ctx)}")
    return None


async def _with_channels(
    runtime: Runtime, ctx: Context, result: by_hand.Outcome
) -> by_hand.Outcome:
    """Return a result with the names of desk channels in place of their ids."""
    if not isinstance(result, str):
        return result
    named = [each for each in await marked_channels(ctx) if each in result]
    return with_names(result, await names_at_slack(runtime, named))


class Commands(Listener):
    async def on_command(
        self, ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond
    ) -> None:
        """Acknowledge the command with its answer.

        Slack waits three seconds, and limits the size: a slow answer is announced and sent later, a
        long one is sent right after the acknowledgement.
        """
        calling = asyncio.create_task(answer(self.runtime, command))
        if not await ended_in_time(calling):
            await ack(**_alone(blocks.sentence(SLOW)))
        elif (shown := calling.result()) and fits_ack(_alone(shown)):
            await ack(**_alone(shown))
            return
        else:
            await ack()
        if shown := await calling:
            await _respond(respond, shown)


async def _respond(respond: AsyncRespond, shown: list[blocks.Block]) -> None:
    """Show the blocks; log a failure, because raising it just after `ack` would undo the `ack`."""
    try:
        await respond(**_alone(shown), replace_original=False)
    except RespondError as error:
        log.warning("response_refused", error=str(error))


def _alone(shown: list[blocks.Block]) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": " ", "blocks": shown}
