"""Parse the words of a slash command into arguments: `/itsm role priya technician`."""

import re
from typing import Any

from services.context import Context
from services.tools.lookup import resolve
from services.tools.parameters import Parameter
from services.tools.surfaces import Slash
from services.tools.tool import Tool

# Keyboards write straight marks, and Slack's clients turn them into typographic ones.
_DOUBLE, _SINGLE = '"“”„‟«»‹›「」『』', "'‘’‚‛"
_QUOTED = "|".join(f"[{marks}][^{marks}]++[{marks}]" for marks in (_DOUBLE, _SINGLE))
_PART = re.compile(rf"(?:{_QUOTED})(?!\S)|\S++")
_SWITCH = {"on", "off", "yes", "no", "true", "false"}


async def typed_arguments(
    ctx: Context, tool: Tool, slash: Slash, words: str, channel: str
) -> dict[str, Any]:
    """Return the arguments that a person typed, with ids in place of records' names."""
    taken = [tool.parameters[name] for name in slash.takes]
    given: dict[str, Any] = dict(slash.given)
    for parameter, said in zip(taken, _split(words, taken), strict=False):
        given[parameter.name] = await _value(ctx, parameter, said)
    if slash.whole and (title := headline(words, taken[0].max_length)) != words:
        given |= {taken[0].name: title, slash.whole: words}
    if slash.channel:
        given[slash.channel] = channel
    return given


def could_be_arguments(tool: Tool, slash: Slash, words: str) -> bool:
    """Return whether the typed words may be arguments of the subcommand, complete or not."""
    taken = [tool.parameters[name] for name in slash.takes]
    parts = _split(words, taken) if taken else words.split()
    fitting = zip(taken, parts, strict=False)
    return len(parts) <= len(taken) and all(_may_be(parameter, said) for parameter, said in fitting)


def headline(words: str, longest: int | None) -> str:
    """Return the first line of a text, a long one cut after a word."""
    line = words.strip().partition("\n")[0].strip()
    if longest is None or len(line) <= longest:
        return line
    cut = line[: longest - 1]
    return f"{cut.rsplit(maxsplit=1)[0] if ' ' in cut else cut}…"


def unquoted(words: str) -> str:
    """Return a text without quotation marks around all of it."""
    words = words.strip()
    return words[1:-1].strip() if re.fullmatch(_QUOTED, words) else words


def _split(words: str, taken: list[Parameter]) -> list[str]:
    """Split typed words into a part for each parameter. A part is a word, or a quoted text.

    If there are more parts than parameters, the first parameter that accepts several words gets
    the surplus.
    """
    if len(taken) == 1:
        return [words] if words else []
    parts = _PART.findall(words)
    surplus = len(parts) - len(taken)
    if surplus <= 0:
        return parts
    wide = next((place for place, each in enumerate(taken) if _takes_several(each)), len(taken) - 1)
    several = " ".join(parts[wide : wide + surplus + 1])
    return [*parts[:wide], several, *parts[wide + surplus + 1 :]]


def _takes_several(parameter: Parameter) -> bool:
    return bool(parameter.entity) or (parameter.base is str and not parameter.choices)


def _may_be(parameter: Parameter, said: str) -> bool:
    said = unquoted(said).lower()
    if parameter.choices:
        return said in (each.lower() for each in parameter.choices)
    if parameter.base is int:
        return said.isdecimal()
    return parameter.base is not bool or said in _SWITCH


async def _value(ctx: Context, parameter: Parameter, said: str) -> str:
    said = unquoted(said)
    if parameter.entity:
        return await resolve(ctx, parameter, said)
    same = (each for each in parameter.choices if each.lower() == said.lower())
    return next(same, said)
