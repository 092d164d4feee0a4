"""Cards of records as Block Kit: made, and put into and taken out of messages. Pure functions."""

from collections.abc import Sequence

from bot.slack.render.blocks import (
    ENTITY_ACTION,
    MAX_BUTTONS,
    MAX_HEADER,
    Block,
    button,
    buttons,
    fits,
    more_menu,
    section,
    tool_button,
)
from bot.slack.render.literal import field_text, literal
from bot.slack.render.text import clip
from services.entities.card import Card
from services.tools.actions import Action

MAX_FIELD = 2_000
MAX_FIELDS = 10

CARD_BLOCK = "card:"
CLOSE_ACTION = "close"


def card(shown: Card, page: str, actions: Sequence[Action] = (), *closing: Block) -> list[Block]:
    """Return a record: title, fields, text, related records, actions, and the link to its page.

    The buttons `closing` stand after the link, and the menu of rare actions is the last of all.
    The address of the page may sign in the browser that opens it: show a card to its person only.
    """
    key = shown.ref.id
    words = (shown.ref.icon, clip(shown.ref.title, MAX_HEADER), key)
    fields = [field_text(each, MAX_FIELD) for each in shown.fields]
    blocks: list[Block] = [{"type": "divider"}, section(literal("{} *{}*  `{}`", *words))]
    blocks += [
        {"type": "section", "fields": ten}
        for ten in (fields[at : at + MAX_FIELDS] for at in range(0, len(fields), MAX_FIELDS))
    ]
    if shown.body:
        blocks.append(section(literal("{}", shown.body, limit=MAX_FIELD)))
    blocks += buttons(shown.mentioned[: MAX_BUTTONS - 2], "related")
    link = button("Open page ↗", f"page:{key}", url=page)
    often = [tool_button(each) for each in actions if not each.more]
    row = [*often, link, *closing, *more_menu(key, [each for each in actions if each.more])]
    blocks.append({"type": "actions", "elements": row})
    return [
        {**block, "block_id": f"{CARD_BLOCK}{key}:{place}"} for place, block in enumerate(blocks)
    ]


def ephemeral_card(shown: Card, page: str, actions: Sequence[Action] = ()) -> list[Block]:
    """Return a card as a message of its own, with a button that closes it."""
    return card(shown, page, actions, button("Hide", CLOSE_ACTION))


def expanded(blocks: Sequence[Block]) -> list[str]:
    """Return the ids of the cards that a message shows, in order."""
    found = [str(block.get("block_id", "")).split(":") for block in blocks]
    return list(dict.fromkeys(parts[1] for parts in found if parts[0] == "card"))


def with_card(blocks: Sequence[Block], shown: list[Block]) -> list[Block]:
    """Show a card in place of the record's old one, or below the record's line, or at the end.

    The first block of a message is no line. If the message grows too big, other cards are dropped.
    """
    [key] = expanded(shown)
    marks = [_belongs_to(key, block) for block in blocks]
    rest = without_card(blocks, key)
    place = marks.index(True) if True in marks else len(blocks)
    place += "accessory" in (blocks[place] if place < len(blocks) else {})
    kept = [*rest[:place], *shown[not place :], *rest[place:]]
    while not fits(kept) and (others := [each for each in expanded(kept) if each != key]):
        kept = without_card(kept, others[0])
    return kept


def _belongs_to(key: str, block: Block) -> bool:
    """Return whether a block is the record's line in a list, or a part of its card."""
    beside = (block.get("accessory") or {}).get("action_id")
    return beside == f"{ENTITY_ACTION}{key}" or expanded([block]) == [key]


def without_card(blocks: Sequence[Block], key: str) -> list[Block]:
    mark = f"{CARD_BLOCK}{key}:"
    return [block for block in blocks if not str(block.get("block_id", "")).startswith(mark)]
