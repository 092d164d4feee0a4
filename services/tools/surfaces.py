"""Where a tool appears besides the model's list: as a slash subcommand and as a card button."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.context import Context
from services.entities.base import Entity

Shown = Callable[[Context, Any], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Slash:
    """A slash subcommand: `/ticket new`, or `/ticket` alone where `word` is empty.

    `takes` names the parameters that the typed words fill, in order. `channel` names the parameter
    that gets the Slack id of the channel in which the command is typed. With `form`, the command
    opens the tool's form when nothing is typed behind it. `whole` names the parameter that gets all
    of the words where the one in `takes` has room for their beginning only. `given` are arguments
    that it has anyway.
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
    """A button on the cards of `on`, whose record becomes the argument `parameter`.

    Where required parameters remain after `given`, the button opens the tool's form. With `asks` it
    opens one that has only those parameters, which must be filled in, and those that it `offers`.
    `shown` says whether it can work for the actor and this record; the tool's role is checked
    besides.
    """

    label: str
    on: tuple[type[Entity], ...]
    parameter: str
    shown: Shown
    given: Mapping[str, Any] = field(default_factory=dict)
    asks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
