"""Arguments from the words of a slash command, such as `/itsm role priya technician`."""

from typing import Any

from services.context import Context
from services.tools.lookup import resolve
from services.tools.parameters import Parameter
from services.tools.surfaces import Slash
from services.tools.tool import Tool


async def typed_arguments(
    ctx: Context, tool: Tool, slash: Slash, words: str, channel: str
) -> dict[str, Any]:
    """Return the arguments that a person typed; names of records become ids."""
    taken = [tool.parameters[name] for name in slash.takes]
    given: dict[str, Any] = {}
    for parameter, said in zip(taken, _split(words, taken), strict=False):
        given[parameter.name] = await _value(ctx, parameter, said)
    if slash.channel:
        given[slash.channel] = channel
    return given


def _split(words: str, taken: list[Parameter]) -> list[str]:
    """Give each parameter one word, and those left over to the first that takes several."""
    if len(taken) == 1:
        return [words] if words else []
    parts = words.split()
    surplus = len(parts) - len(taken)
    if surplus <= 0:
        return parts
    wide = next((place for place, each in enumerate(taken) if _takes_several(each)), len(taken) - 1)
    several = " ".join(parts[wide : wide + surplus + 1])
    return [*parts[:wide], several, *parts[wide + surplus + 1 :]]


def _takes_several(parameter: Parameter) -> bool:
    return bool(parameter.entity) or (parameter.base is str and not parameter.choices)


async def _value(ctx: Context, parameter: Parameter, said: str) -> str:
    if parameter.entity:
        return await resolve(ctx, parameter, said)
    same = (each for each in parameter.choices if each.lower() == said.lower())
    return next(same, said)
