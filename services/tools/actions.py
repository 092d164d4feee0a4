"""Actions: the buttons on cards and forms that call tools."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.context import Context
from services.entities.base import Entity
from services.tools.surfaces import CardButton
from services.tools.tool import TOOLS, Tool


@dataclass(frozen=True, slots=True)
class Action:
    """A button that calls a tool, or opens its form if required arguments are missing.

    `has_form`: it opens the form in any case. `confirm` is a question that the person has to
    confirm after the press; empty: there is none.
    `more`: it stands in the card's menu “⋯”.
    """

    label: str
    tool: Tool
    arguments: Mapping[str, Any]
    has_form: bool = False
    confirm: str = ""
    more: bool = False

    @property
    def opens_form(self) -> bool:
        required = (name for name, each in self.tool.parameters.items() if each.required)
        missing = any(name not in self.arguments for name in required)
        return self.has_form or self.tool.opens is not None or missing


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form below its fields: a heading, a text, and buttons."""

    text: str
    actions: tuple[Action, ...] = ()
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """The content of a form when it opens: present values in its fields, and parts below them.

    `page` is the path of the web page with the same content.
    """

    values: Mapping[str, Any]
    parts: Sequence[Part]
    page: str


async def actions_on(ctx: Context, record: Entity) -> tuple[Action, ...]:
    """Return the actions on a record that can work for the actor, in the order of the tools."""
    return tuple(
        [
            _action(tool, button, record)
            for tool in TOOLS.values()
            for button in tool.buttons
            if await _works(ctx, tool, button, record)
        ]
    )


def _action(tool: Tool, button: CardButton, record: Entity) -> Action:
    arguments = {button.parameter: record.key, **button.given}
    has_form = bool(button.asks) or button.edits
    return Action(button.label, tool, arguments, has_form, more=button.more)


async def _works(ctx: Context, tool: Tool, button: CardButton, record: Entity) -> bool:
    return isinstance(record, button.on) and tool.allows(ctx) and await button.shown(ctx, record)
