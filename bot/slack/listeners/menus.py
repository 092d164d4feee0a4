"""Menus “⋯” of cards: what is chosen there is handled like a press of a button."""

from collections.abc import Awaitable, Callable

from bot.slack.listeners.press import Body
from bot.slack.render.blocks import MORE_ACTION, TOOL_ACTION, button, button_of


async def options_as_buttons(body: Body, next_: Callable[[], Awaitable[None]]) -> None:
    """Middleware that replaces a chosen option by the button for which it stands."""
    actions = body.get("actions")
    if isinstance(actions, list):
        body["actions"] = [as_button(each) for each in actions]
    await next_()


def as_button(action: object) -> object:
    """Return the button, if the element is such a menu, or else the element.

    For a forged option the button has no tool, and its listener says that it is outdated.
    """
    if not isinstance(action, dict) or not str(action.get("action_id")).startswith(MORE_ACTION):
        return action
    rest = {name: each for name, each in action.items() if name != "selected_option"}
    try:
        return rest | button_of(action["selected_option"])
    except (ValueError, TypeError, KeyError):
        return rest | button("", TOOL_ACTION)
