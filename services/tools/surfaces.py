"""Declare slash subcommands and card buttons of a tool."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.context import Context
from services.entities.base import Entity

Shown = Callable[[Context, Any], Awaitable[bool]]


async def _always(ctx: Context, record: Entity) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Slash:
    """A slash subcommand: `/ticket new`, or `/ticket` alone where `word` is empty.

    `takes`: the parameters that the typed words fill, in order.
    `channel`: the parameter that gets the Slack id of the channel in which the command is typed.
    `form`: without typed words, the command opens the tool's form.
    `whole`: the parameter that gets the whole text if it is too long for the one in `takes`.
    `given`: fixed arguments.
    """

    command: str
    word: str = ""
    help: str = ""
    example: str = ""
    takes: tuple[str, ...] = ()
    channel: str = ""
    form: bool = False
    whole: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def usage(self) -> str:
        return " ".join(part for part in (self.command, self.word, self.example) if part)


@dataclass(frozen=True, slots=True)
class CardButton:
    """A button on the cards of the types `on`; the record becomes the argument `parameter`.

    If required parameters are not `given`, the button opens the tool's form. With `asks` it opens a
    form of those parameters, which must be filled in, and the optional ones in `offers`.
    With `edits` the form has the record's columns with their present values, and the tool gets
    those that the person changes.
    `shown` returns whether the button can work for the actor and this record; the tool's role is
    checked as well.
    `more` puts it into the menu “⋯” after the buttons, for what is needed less often. The menu of a
    card has at most five options, with labels of at most 75 characters: these are Slack's limits.
    """

    label: str
    on: tuple[type[Entity], ...]
    parameter: str
    shown: Shown = _always
    given: Mapping[str, Any] = field(default_factory=dict)
    asks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    edits: bool = False
    more: bool = False
