"""Name the slash commands for what only people can do, such as changing settings."""

import re

from services.context import Role
from services.tools import TOOLS
from services.tools.surfaces import Slash
from services.tools.tool import Tool

_HEADING = "I can't do that myself. Perhaps you mean one of these commands:"
_MOST, _ENOUGH = 2, 2
SURE_OF_COMMANDS = 3
"""The score of commands that are named although the words also describe a problem."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_FILLERS = (
    "a an and are as be by for how i in is it me my not of on one or our that the this to us we"
    " what which who you your set show ask all other person people long can do does did"
    " need another somebody some here"
)
_SAY_NOTHING = frozenset(_FILLERS.split())
_VERBS = frozenset({"add", "remove", "order", "test"})
"""Words that count as said only if another word of the command's name is said too."""
_SAME = {
    **dict.fromkeys(("ai", "llm", "gpt", "chatgpt"), "model"),
    **dict.fromkeys(("price", "spent", "spend", "expensive"), "cost"),
    **dict.fromkeys(("private", "gdpr", "confidential", "data", "store", "stored"), "privacy"),
    **dict.fromkeys(("permission", "rights", "promote", "demote"), "role"),
    "administrator": "admin",
    **dict.fromkeys(("option", "configuration", "config", "configure", "preference"), "setting"),
}
"""Words that people use for those of the commands."""


def commands_for(words: str, enough: int = _ENOUGH) -> str:
    """Return a paragraph with the commands that fit the words; empty if none does."""
    said = _terms(words)
    found = [(_score(said, slash), tool, slash) for tool, slash in _by_hand()]
    best = sorted((each for each in found if each[0] >= enough), key=lambda each: -each[0])
    lines = [_line(tool, slash) for _, tool, slash in best[:_MOST]]
    return "\n".join([_HEADING, *lines]) if lines else ""


def _by_hand() -> list[tuple[Tool, Slash]]:
    return [(tool, slash) for tool in TOOLS.values() if tool.by_hand for slash in tool.slashes]


def _score(said: set[str], slash: Slash) -> int:
    """Return how many words of the command were said; those of its name count twice."""
    named = _terms(slash.word.replace("-", " "))
    named = named if said & (named - _VERBS) else named - _VERBS
    return 2 * len(said & named) + len(said & (_terms(slash.help) - named))


def _terms(words: str) -> set[str]:
    found = {each.lower() for each in _WORD.findall(words)} - _SAY_NOTHING
    singular = {each[:-1] if each.endswith("s") and len(each) > 3 else each for each in found}
    return {_SAME.get(each, _SAME.get(f"{each}s", each)) for each in singular} - _SAY_NOTHING


def _line(tool: Tool, slash: Slash) -> str:
    who = f" (for {tool.needs.name}s)" if tool.needs > Role.requester else ""
    return f"- `{slash.usage}`: {slash.help}{who}"
