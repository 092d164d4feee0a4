"""Slash commands: decorated subcommands; the help is generated from them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.runtime import Runtime
from bot.slack.people.identity import actor_for, identify
from bot.slack.render import blocks
from bot.slack.render.text import plain
from services.context import Context, acting
from services.entities.base import Entity, find_ids
from services.errors import DeskError
from services.tools import TOOLS, Page, Result


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood behind the subcommand's word, and where it was typed."""

    words: str
    channel: str


Subcommand = Callable[[Context, Typed], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Entry:
    usage: str
    summary: str
    run: Subcommand


COMMANDS: dict[str, dict[str, Entry]] = {"/ticket": {}, "/machine": {}, "/itsm": {}}
"""The subcommands of each command by their first word; "" is the command on its own."""


def subcommand(command: str, word: str = "", usage: str = "") -> Callable[[Subcommand], Subcommand]:
    """Register a subcommand; its docstring is its line in the help."""

    def register(function: Subcommand) -> Subcommand:
        shown = " ".join(part for part in (command, word, usage) if part)
        COMMANDS[command][word] = Entry(shown, function.__doc__ or "", function)
        return function

    return register


@subcommand("/ticket")
async def my_open_tickets(ctx: Context, typed: Typed) -> Result:
    """your open tickets"""
    return await TOOLS["my_tickets"](ctx)


@subcommand("/ticket", "mine")
async def my_queue(ctx: Context, typed: Typed) -> Result:
    """tickets assigned to you"""
    return await TOOLS["tickets_assigned_to_me"](ctx)


@subcommand("/ticket", "new", "what doesn't work")
async def new_ticket(ctx: Context, typed: Typed) -> Result:
    """open a ticket"""
    return await TOOLS["create_ticket"](ctx, name=typed.words)


@subcommand("/ticket", "search", "words")
async def search_tickets(ctx: Context, typed: Typed) -> Result:
    """tickets about something"""
    return await TOOLS["search_tickets"](ctx, words=typed.words)


@subcommand("/machine")
async def my_machines(ctx: Context, typed: Typed) -> Result:
    """your machines"""
    return await TOOLS["my_machines"](ctx)


@subcommand("/machine", "search", "words")
async def search_machines(ctx: Context, typed: Typed) -> Result:
    """machines by name, make, model, serial number or processor"""
    return await TOOLS["search_machines"](ctx, words=typed.words)


@subcommand("/itsm", "who", "name or email")
async def who(ctx: Context, typed: Typed) -> Result:
    """find a person"""
    return await TOOLS["search_people"](ctx, words=typed.words)


@subcommand("/itsm", "role", "USR-5 technician")
async def role(ctx: Context, typed: Typed) -> Result:
    """make somebody a requester, technician or admin (for admins)"""
    person, _, wanted = typed.words.partition(" ")
    return await TOOLS["set_role"](ctx, person=person.upper(), role=wanted.strip().lower())


@subcommand("/itsm", "desk", "on or off")
async def desk(ctx: Context, typed: Typed) -> Result:
    """mark this channel as the desk's own, or not (for admins)"""
    wanted = typed.words.lower() or "on"
    return await TOOLS["mark_channel"](ctx, channel=typed.channel, desk=wanted)


@subcommand("/itsm", "limit", "turns_per_person 60")
async def limit(ctx: Context, typed: Typed) -> Result:
    """show the limits of an hour, or set one (for admins)"""
    name, _, most = typed.words.partition(" ")
    if not name:
        return await TOOLS["show_limits"](ctx)
    return await TOOLS["set_limit"](ctx, limit=name.lower(), per_hour=most.strip())


@subcommand("/itsm", "digest", "on or off")
async def digest(ctx: Context, typed: Typed) -> Result:
    """your open and ageing tickets by direct message, each weekday at 9:00"""
    return await TOOLS["set_digest"](ctx, switch=typed.words.lower() or "on")


@subcommand("/itsm", "audit", "TKT-12")
async def audit(ctx: Context, typed: Typed) -> Result:
    """the newest changes, of a record or of all"""
    return await TOOLS["history"](ctx, **({"record": typed.words.upper()} if typed.words else {}))


def help_text() -> str:
    """Every command with its subcommands, one a line."""
    lines = ["Mention me or write me a direct message in your own words, or use:"]
    lines += [
        f"• {entry.usage}: {entry.summary}" for each in COMMANDS.values() for entry in each.values()
    ]
    lines.append("• /ticket TKT-12, and every other id: the record's card")
    return "\n".join(lines)


async def respond(runtime: Runtime, body: dict[str, Any]) -> list[blocks.Block]:
    """What the person who typed the command sees, they alone."""
    try:
        person = await identify(runtime, body["user_id"])
        async with acting(runtime.database, actor_for(person)) as ctx:
            said = plain(body.get("text") or "", {})
            result = await _run(ctx, body["command"], said, body["channel_id"])
            return await _shown(runtime, ctx, result)
    except DeskError as error:
        return blocks.sentence(str(error))


async def _run(ctx: Context, command: str, said: str, channel: str) -> Result:
    if find_ids(said) == [said.upper()]:
        return await TOOLS["get_record"](ctx, record=said.upper())
    first, _, rest = said.partition(" ")
    entries = COMMANDS[command]
    word = first.lower()
    if word in entries:
        return await entries[word].run(ctx, Typed(rest.strip(), channel))
    return help_text()


async def _shown(runtime: Runtime, ctx: Context, result: Result) -> list[blocks.Block]:
    if isinstance(result, Entity):
        return blocks.private_card(await result.card(ctx), runtime.settings.web_url)
    if isinstance(result, Page):
        return blocks.listing(result.what.capitalize(), result.refs, result.total)
    return blocks.sentence(result)
