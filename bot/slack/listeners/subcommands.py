"""The subcommands of the slash commands, which come from the tools, and their help."""

from rapidfuzz.distance import DamerauLevenshtein

from bot.slack.render.text import clip
from bot.slack.sentences import DID_YOU_MEAN, FOR_ADMINS, HELP, HELP_IDS, HELP_LINE
from services.context import Context, Role
from services.entities.base import Entity
from services.entities.typed_filters import split_filters
from services.tools import TOOLS, Tool
from services.tools.surfaces import Slash
from services.tools.typed import could_be_arguments

Entry = tuple[Slash, Tool]

_SEARCH = "search"
_VERBS = set(
    "am are can could did do does had has have is may might must should was were will would".split()  # noqa: SIM905 - a list of words reads better as a text
)
"""Verbs that begin a question together with the word before them: “who is”, “who can”."""
_QUESTION_WORDS = frozenset({"who", "what", "which", "when", "where", "why", "how"})

LONGEST_MEANT = 200
"""The maximum number of characters of a command that the help suggests for a misspelt one."""

SHORT = 3
"""Words of at most so many letters must be spelled correctly: "now" does not mean "new"."""


def _subcommands() -> dict[str, dict[str, list[Entry]]]:
    commands: dict[str, dict[str, list[Entry]]] = {"/ticket": {}, "/machine": {}, "/itsm": {}}
    for tool in TOOLS.values():
        for slash in tool.slashes:
            commands[slash.command].setdefault(slash.word, []).append((slash, tool))
    return commands


COMMANDS = _subcommands()
"""The subcommands of each command by their first word; "" is the command on its own.

Where two tools share a word, the one with arguments is called if something is typed behind it.
"""


def split(command: str, said: str) -> tuple[str, str]:
    """Return the first word behind a command in small letters, and the rest as it was typed.

    A text with filters, such as `status:open vpn`, is a search unless it begins with a subcommand.
    """
    first, *rest = said.split(maxsplit=1) or [""]
    searched = any(split_filters(kind, said).filtered for kind in _searched(command))
    if searched and first.lower() not in COMMANDS[command]:
        return _SEARCH, said
    return first.lower(), "".join(rest)


def _searched(command: str) -> list[type[Entity]]:
    """Return the record types that the command searches with filters."""
    tools = (tool for _, tool in COMMANDS[command].get(_SEARCH, []))
    return [kind for tool in tools if (kind := tool.entities.get("after"))]


def find(command: str, word: str, rest: str) -> Entry | None:
    """Return the subcommand that was typed; None where the words behind it are no arguments of it.

    “/itsm who can reset my password” is a question to the agent, not a search for a person.
    """
    entries = COMMANDS[command].get(word, [])
    fitting = [
        (slash, tool)
        for slash, tool in entries
        if bool(slash.takes) == bool(rest) and (tool.writes or not _is_question(word, rest))
    ]
    # Without words, a tool that needs some says which.
    return next(iter(fitting or (() if rest else entries)), None)


def _is_question(word: str, rest: str) -> bool:
    first, *more = rest.lower().split()[:2] or [""]
    return word in _QUESTION_WORDS and bool(more) and (first in _VERBS or rest.endswith("?"))


def help_text(ctx: Context) -> str:
    """Return every subcommand that the person's role allows, one a line, those for admins last."""
    lines, for_admins = list[str](), list[str]()
    for slash, tool in _allowed(ctx, list(COMMANDS)):
        of = for_admins if tool.needs is Role.admin else lines
        of.append(HELP_LINE.format(usage=slash.usage, help=slash.help))
    return "\n".join(
        [HELP, *lines, HELP_IDS, *(["", FOR_ADMINS, *for_admins] if for_admins else [])]
    )


def did_you_mean(ctx: Context, command: str, word: str, rest: str) -> str:
    """Return a sentence with the subcommand that was misspelt; empty if none was."""
    near = [
        slash
        for slash, tool in _allowed(ctx, [command])
        if _misspells(word, slash.word) and could_be_arguments(tool, slash, rest)
    ]
    if not near:
        return ""
    meant = " ".join(part for part in (command, near[0].word, rest) if part)
    return DID_YOU_MEAN.format(typed=f"{command} {word}", meant=clip(meant, LONGEST_MEANT))


def _allowed(ctx: Context, commands: list[str]) -> list[Entry]:
    return [
        (slash, tool)
        for command in commands
        for entries in COMMANDS[command].values()
        for slash, tool in entries
        if tool.allows(ctx)
    ]


def _misspells(typed: str, word: str) -> bool:
    """Return whether one typing error turns the word into what was typed."""
    if not word or DamerauLevenshtein.distance(typed, word) != 1:
        return False
    return len(word) > SHORT or len(typed) != len(word) or sorted(typed) == sorted(word)
