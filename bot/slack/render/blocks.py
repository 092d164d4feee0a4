"""Cards and answers as Block Kit; the only place that writes Block Kit. Pure functions.

The limits are Slack's, from docs.slack.dev/reference/block-kit; the one over all blocks together
is undocumented (bolt-js #2509: messages failed from 11,341 characters on).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from bot.slack.render.literal import Text, field_text, in_parts, literal, own_words, parsed, plain
from bot.slack.render.text import clip, markdown, mrkdwn
from services.entities.card import Card, Ref
from services.sanitize import sanitize
from services.tools.actions import Action
from services.tools.undo import undo

Block = dict[str, Any]
List = tuple[str, Sequence[Ref], int]
"""Its heading, the records that are shown of it, and how many it has in all."""

MAX_BLOCKS = 50
MAX_CHARACTERS = 11_000
MAX_PART = 8_000
"""Characters of an answer's text in one message, which leaves room for its buttons."""
MAX_FIELD = 2_000
MAX_FIELDS = 10
MAX_BUTTONS = 25
MAX_LABEL = 45
"""Characters on a button; Slack takes 75, which break over two lines in a narrow window."""
MAX_HEADER = 150
NOTIFICATION_CHARACTERS = 3_000
"""Slack recommends 4,000 at most."""
MAX_LISTED = 7
"""Records in each list of a digest."""
MAX_ROWS = 8
"""Records of a list in one section."""

ENTITY_ACTION = "entity:"
CARD_BLOCK = "card:"
CLOSE_ACTION = "close"
TOOL_ACTION, FORM_ACTION = "tool:", "form:"
"""Begin the action ids of buttons that call a tool or open its form; the value is its arguments."""
RECEIPTS_BLOCK, UNDO_BLOCK = "receipts", "undo"
DONE, UNDONE = "✅", "↩️ Undone:"
"""Begin a receipt."""
STOP, RETRY = "stop", "retry"
APPROVE, REFUSE = "consent:approve", "consent:refuse"


# ---- answers


def answer_parts(text: str) -> list[str]:
    """Return the text of an answer, cut at paragraphs if one message cannot hold it."""
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > MAX_PART:
        cut = max(rest.rfind(mark, 1, MAX_PART) for mark in ("\n\n", "\n", " "))
        cut = cut if cut > MAX_PART // 2 else MAX_PART
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]


def answer(
    text: str,
    refs: Sequence[Ref] = (),
    receipts: Sequence[str] = (),
    footer: str = "",
    turn: int | None = None,
    *,
    undoable: bool = False,
    failed: bool = False,
    offers: Sequence[Action] = (),
) -> list[Block]:
    """Return one message of an answer: text, a button for each record, receipts with Undo."""
    blocks: list[Block] = [{"type": "markdown", "text": markdown(text)}]
    blocks += buttons(refs, "records")
    if receipts:
        blocks.append(_receipts(receipts, DONE))
    if receipts and undoable:
        taken_back = tool_button(Action("Undo", undo, {"turn": turn}))
        blocks.append({"type": "actions", "block_id": UNDO_BLOCK, "elements": [taken_back]})
    if offers:
        blocks.append({"type": "actions", "elements": [tool_button(each) for each in offers]})
    if failed:
        again = button("Try again", RETRY, str(turn))
        blocks.append({"type": "actions", "block_id": RETRY, "elements": [again]})
    if footer:
        blocks.append(context(footer))
    return blocks


def with_receipts(blocks: Sequence[Block], receipts: Sequence[str], *, undone: bool) -> list[Block]:
    """Return an answer whose receipts say that it was undone, or that it is done again."""
    shown = _receipts(receipts, UNDONE if undone else DONE)
    kept = [block for block in blocks if block.get("block_id") != UNDO_BLOCK]
    return [shown if block.get("block_id") == RECEIPTS_BLOCK else block for block in kept]


def _receipts(receipts: Sequence[str], mark: str) -> Block:
    lines = "  ·  ".join(f"{mark} {receipt}" for receipt in receipts)
    return _small_print(literal("{}", lines)) | {"block_id": RECEIPTS_BLOCK}


def without_retry(blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if block.get("block_id") != RETRY]


def working(turn: int) -> list[Block]:
    """Return the notice of a long turn, with a button that stops it."""
    stop = button("Stop", STOP, str(turn))
    return [context("Still working on it…"), {"type": "actions", "elements": [stop]}]


def consent(
    action: str,
    lines: Sequence[str],
    refs: Sequence[Ref],
    name: str,
    *,
    number: int | None = None,
    outcome: str = "",
) -> list[Block]:
    """Return a card that asks the person `name` to approve changes, or shows the outcome.

    The lines stand there whole: `services.changes.preview` refuses those that would not fit.
    """
    blocks = [_section(literal("*{}, do you approve?*  {}", name, action))]
    blocks += [_section(part) for part in in_parts(lines)]
    blocks += buttons(refs, "records")
    if number is not None:
        choices = [
            button("Approve", APPROVE, str(number), style="primary"),
            button("Refuse", REFUSE, str(number)),
        ]
        blocks.append({"type": "actions", "block_id": "consent", "elements": choices})
        outcome = "Nothing has been changed yet. The card is valid for 30 minutes."
    return [*blocks, _small_print(literal("{}", outcome))]


def sentence(text: str) -> list[Block]:
    """Return a sentence of the desk as blocks."""
    return [_section(own_words(text))]


def listing(heading: str, refs: Sequence[Ref], total: int, footer: str = "") -> list[Block]:
    """Return a list of records, each with its button."""
    shown = f"{heading}: {total}" if len(refs) == total else f"{heading}: {len(refs)} of {total}"
    blocks = [_section(literal("*{}*", shown)), *_rows(refs), *buttons(refs, "records")]
    return [*blocks, *([context(footer)] if footer else [])]


def _rows(refs: Sequence[Ref]) -> Iterator[Block]:
    for at in range(0, len(refs), MAX_ROWS):
        part = refs[at : at + MAX_ROWS]
        words = [word for ref in part for word in (ref.icon, ref.id, ref.title, ref.detail)]
        yield _section(literal("\n".join(["{} `{}` *{}*  {}"] * len(part)), *words))


def listings(lists: Iterable[List]) -> list[Block]:
    """Return several lists one below the other, where the id of a block may stand only once."""
    return [
        {**row, "block_id": f"{heading}:{place}"}
        for heading, refs, total in lists
        for place, row in enumerate(listing(heading, refs, total))
    ]


def digest(greeting: str, lists: Iterable[List], footer: str) -> list[Block]:
    """Return the lists that have records, cut to what one message holds."""
    most, filled = MAX_LISTED, [each for each in lists if each[2]]
    while True:
        shown = listings((heading, refs[:most], total) for heading, refs, total in filled)
        blocks = [*sentence(greeting), *shown, context(footer)]
        if fits(blocks) or not most:
            return blocks
        most -= 1


def notification(text: str) -> str:
    """Return the text for notifications and screen readers."""
    return clip(mrkdwn(text), NOTIFICATION_CHARACTERS)


def context(text: str) -> Block:
    """Return small print in mrkdwn, for words of the desk itself."""
    return _small_print(parsed(text))


def _small_print(text: Text) -> Block:
    return {"type": "context", "elements": [text]}


def buttons(refs: Iterable[Ref], name: str) -> list[Block]:
    """Return rows of buttons, one for each record, none twice."""
    unique = list({ref.id: ref for ref in refs}.values())
    rows = [unique[start : start + MAX_BUTTONS] for start in range(0, len(unique), MAX_BUTTONS)]
    return [
        {
            "type": "actions",
            "block_id": f"{name}:{place}",
            "elements": [_entity_button(ref) for ref in row],
        }
        for place, row in enumerate(rows)
    ]


def _entity_button(ref: Ref) -> Block:
    label = clip(sanitize(f"{ref.icon} {ref.id} {ref.title}"), MAX_LABEL)
    return button(label, f"{ENTITY_ACTION}{ref.id}", ref.id)


def tool_button(action: Action, **more: str) -> Block:
    """Return a button that calls the action's tool or, for missing arguments, opens its form."""
    kind = FORM_ACTION if action.opens_form else TOOL_ACTION
    arguments = orjson.dumps(dict(action.arguments)).decode()
    return button(action.label, f"{kind}{action.tool.name}:{action.label}", arguments, **more)


def button(label: str, action_id: str, value: str = "", **more: str) -> Block:
    button: Block = {
        "type": "button",
        "text": plain(label),
        "action_id": action_id,
        **more,
    }
    return {**button, "value": value} if value else button


# ---- cards


def card(shown: Card, page: str, actions: Sequence[Action] = ()) -> list[Block]:
    """Return a record: title, fields, text, related records, actions, and the link to its page.

    The address of the page may sign the person in who opens it: a card is for one person alone.
    """
    key = shown.ref.id
    words = (shown.ref.icon, clip(shown.ref.title, MAX_HEADER), key)
    fields = [field_text(each, MAX_FIELD) for each in shown.fields]
    blocks: list[Block] = [{"type": "divider"}, _section(literal("{} *{}*  `{}`", *words))]
    blocks += [
        {"type": "section", "fields": ten}
        for ten in (fields[at : at + MAX_FIELDS] for at in range(0, len(fields), MAX_FIELDS))
    ]
    if shown.body:
        blocks.append(_section(literal("{}", shown.body, limit=MAX_FIELD)))
    blocks += buttons(shown.mentioned[: MAX_BUTTONS - 2], "related")
    link = button("Open page ↗", f"page:{key}", url=page)
    row = [*(tool_button(action) for action in actions), link]
    blocks.append({"type": "actions", "elements": row})
    return [
        {**block, "block_id": f"{CARD_BLOCK}{key}:{place}"} for place, block in enumerate(blocks)
    ]


def ephemeral_card(shown: Card, page: str, actions: Sequence[Action] = ()) -> list[Block]:
    """Return a card in a message of its own, with a button that puts it away."""
    blocks = card(shown, page, actions)
    blocks[-1]["elements"].append(button("Hide", CLOSE_ACTION))
    return blocks


def expanded(blocks: Sequence[Block]) -> list[str]:
    """Return the ids of the cards that a message shows, in order."""
    found = [str(block.get("block_id", "")).split(":") for block in blocks]
    return list(dict.fromkeys(parts[1] for parts in found if parts[0] == "card"))


def with_card(blocks: Sequence[Block], shown: list[Block]) -> list[Block]:
    """Append a card to the message; if it grows too big, the oldest cards are dropped."""
    kept = [*blocks, *shown]
    while not fits(kept) and (others := expanded(kept)[:-1]):
        kept = without_card(kept, others[0])
    return kept


def without_card(blocks: Sequence[Block], key: str) -> list[Block]:
    mark = f"{CARD_BLOCK}{key}:"
    return [block for block in blocks if not str(block.get("block_id", "")).startswith(mark)]


def fits(blocks: Sequence[Block]) -> bool:
    """Return whether Slack takes these blocks as one message."""
    return len(blocks) <= MAX_BLOCKS and len(orjson.dumps(_texts(list(blocks)))) <= MAX_CHARACTERS


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["text"]] if isinstance(node.get("text"), str) else []
        return own + [text for value in node.values() for text in _texts(value)]
    return [text for item in node for text in _texts(item)] if isinstance(node, list) else []


def _section(text: Text) -> Block:
    return {"type": "section", "text": text}
