"""The home tab and the dialogs as Block Kit. Pure functions."""

from collections.abc import Sequence

from bot.slack.render.blocks import (
    MAX_HEADER,
    Block,
    List,
    button,
    context,
    listings,
    sentence,
    tool_button,
)
from bot.slack.render.cards import card
from bot.slack.render.literal import plain
from services.entities.card import Card
from services.tools.actions import Action
from services.tools.tickets import create_ticket


def home(
    name: str,
    lists: Sequence[List],
    talks: Sequence[Block],
    footer: str,
    page: str,
    tools: Sequence[Action] = (),
) -> Block:
    """App Home: a greeting, buttons of these tools, and the person's own lists."""
    blocks: list[Block] = [
        {"type": "header", "text": plain(f"Hello {name}", MAX_HEADER)},
        {
            "type": "actions",
            "elements": [
                tool_button(Action("New ticket", create_ticket, {}), style="primary"),
                *(tool_button(each) for each in tools),
                button("Open the web view ↗", "page:home", url=page),
            ],
        },
    ]
    return {"type": "home", "blocks": [*blocks, *listings(lists), *talks, context(footer)]}


def card_view(shown: Card, page: str, actions: Sequence[Action] = ()) -> Block:
    """Return a card in a dialog, for places that have no message to expand."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": shown.ref.id},
        "close": {"type": "plain_text", "text": "Done"},
        "blocks": card(shown, page, actions),
    }


def notice_view(text: str) -> Block:
    """Return a dialog with one sentence."""
    return dialog(sentence(text))


def dialog(blocks: list[Block]) -> Block:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Deskhand"},
        "close": {"type": "plain_text", "text": "Done"},
        "blocks": blocks,
    }
