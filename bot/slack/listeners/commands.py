"""Slash commands: their subcommands and the help come from the tools."""

from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.runtime import Runtime
from bot.slack.listeners import by_hand
from bot.slack.listeners.forms import open_form
from bot.slack.reading.names import read_typed
from bot.slack.render import blocks
from bot.slack.sentences import HELP, HELP_IDS, SORRY
from services.entities.base import find_ids, load
from services.errors import DeskError
from services.tools import TOOLS, Tool
from services.tools.surfaces import Slash
from services.tools.typed import typed_arguments

log = structlog.get_logger()

Entry = tuple[Slash, Tool]

COMMANDS: dict[str, dict[str, list[Entry]]] = {"/ticket": {}, "/machine": {}, "/itsm": {}}
"""The subcommands of each command by their first word; "" is the command on its own.

Where two tools share a word, one takes arguments and answers when something is typed behind it.
"""

for _tool in TOOLS.values():
    if _tool.slash:
        _words = COMMANDS.setdefault(_tool.slash.command, {})
        _words.setdefault(_tool.slash.word, []).append((_tool.slash, _tool))


def help_text() -> str:
    """Return every subcommand, one a line."""
    lines = [
        f"• {slash.usage}: {slash.help}"
        for words in COMMANDS.values()
        for entries in words.values()
        for slash, _ in entries
    ]
    return "\n".join([HELP, *lines, HELP_IDS])


async def respond(runtime: Runtime, body: dict[str, Any]) -> list[blocks.Block] | None:
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
    first, _, rest = said.partition(" ")
    entries = COMMANDS[body["command"]].get(first.lower(), [])
    words = rest.strip()
    slash, tool = _fitting(entries, words) if entries else (None, None)
    if slash and tool and slash.form and not words:
        await open_form(runtime, body, body["user_id"], tool, {})
        return None
    async with by_hand.as_person(runtime, body["user_id"]) as ctx:
        if find_ids(said) == [said.upper()]:
            return by_hand.shown(await by_hand.outcome(runtime, ctx, await load(ctx, said)))
        if slash is None or tool is None:
            return blocks.sentence(help_text())
        given = await typed_arguments(ctx, tool, slash, words, body.get("channel_id") or "")
        return by_hand.shown(await by_hand.outcome(runtime, ctx, await tool(ctx, **given)))


def _fitting(entries: list[Entry], words: str) -> Entry:
    """Return the entry that takes arguments if there are some, else the one that takes none."""
    return next((entry for entry in entries if bool(entry[0].takes) == bool(words)), entries[0])


class Commands:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def on_command(self, ack: AsyncAck, command: dict[str, Any]) -> None:
        shown = await respond(self.runtime, command)
        if shown is None:
            await ack()
        else:
            await ack(response_type="ephemeral", text=" ", blocks=shown)
