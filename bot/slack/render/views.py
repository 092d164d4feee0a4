"""The home tab and the dialogs as Block Kit. Pure functions."""

from collections.abc import Sequence

from bot.slack.render.blocks import (
    MAX_SECTION,
    Block,
    List,
    button,
    card,
    context,
    listings,
    sentence,
)
from bot.slack.render.text import clip
from services.entities.card import Card
from services.sanitize import sanitize


def home(name: str, lists: Sequence[List], footer: str, web_url: str) -> Block:
    """App Home: a greeting and the person's own lists."""
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": f"Hello {sanitize(name)}"[:150]}},
        {
            "type": "actions",
            "elements": [
                button("New ticket", "new_ticket", style="primary"),
                button("Open the web view ↗", "page:home", url=f"{web_url}/"),
            ],
        },
    ]
    return {"type": "home", "blocks": [*blocks, *listings(lists), context(footer)]}


def card_view(shown: Card, web_url: str) -> Block:
    """A card in a dialog, for places that have no message to expand."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": shown.ref.id},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": card(shown, web_url),
    }


def ticket_form(description: str = "") -> Block:
    """The form for a new ticket."""
    return {
        "type": "modal",
        "callback_id": "ticket_form",
        "title": {"type": "plain_text", "text": "New ticket"},
        "submit": {"type": "plain_text", "text": "Create"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [
            _input("name", "What is it about?", max_length=200),
            _input(
                "description",
                "Details",
                multiline=True,
                optional=True,
                initial=clip(sanitize(description), MAX_SECTION),
                max_length=MAX_SECTION,
            ),
        ],
    }


def _input(
    name: str,
    label: str,
    *,
    max_length: int,
    multiline: bool = False,
    optional: bool = False,
    initial: str = "",
) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": name,
        "multiline": multiline,
        "max_length": max_length,
    }
    return {
        "type": "input",
        "block_id": name,
        "label": {"type": "plain_text", "text": label},
        "optional": optional,
        "element": {**element, "initial_value": initial} if initial else element,
    }


def notice_view(text: str) -> Block:
    """A dialog with one sentence."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Deskhand"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": sentence(text),
    }
