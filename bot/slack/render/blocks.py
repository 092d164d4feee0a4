"""Lists, buttons and menus as Block Kit. Pure functions.

The limits are Slack's, from docs.slack.dev/reference/block-kit; the one over all blocks together
is undocumented (bolt-js #2509: messages failed from 11,341 characters on).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from bot.slack.render.literal import Text, in_parts, literal, own_words, parsed, plain
from bot.slack.render.text import clip, mrkdwn
from services.entities.card import Ref
from services.sanitize import sanitize
from services.tools.actions import Action
from services.tools.tool import Tool

Block = dict[str, Any]
MAX_BLOCKS = 50
MAX_CHARACTERS = 11_000
MAX_BUTTONS = 25
MAX_LABEL = 45
"""The maximum number of characters on a button. Slack accepts 75, but longer labels take two lines
in a narrow window."""
MAX_WHOLE_LABEL = 75
"""The maximum number of characters of a button's text for screen readers."""
MAX_HEADER = 150
MAX_CONFIRM = 300
MAX_OPTION, MAX_OPTIONS = 75, 100
NOTIFICATION_CHARACTERS = 3_000
"""The maximum number of characters of a message's notification; Slack recommends at most 4,000."""
MAX_LISTED = 7
"""The maximum number of records in each list of a digest."""

ENTITY_ACTION = "entity:"
TOOL_ACTION, FORM_ACTION = "tool:", "form:"
"""Prefixes of the action ids of buttons that call a tool or open its form; the value has its
arguments."""
MORE_ACTION = "more:"
"""The prefix of the action id of a menu “⋯”. Each option stands for a button of a tool."""
STOP, RETRY = "stop", "retry"
APPROVE, REFUSE = "consent:approve", "consent:refuse"


class List(NamedTuple):
    """A list of records: its heading, the records that are shown, and how many there are."""

    heading: str
    refs: Sequence[Ref]
    total: int


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

    The lines are never cut: `services.changes.preview` refuses changes whose lines do not fit.
    """
    blocks = [section(literal("*{}, do you approve?*  {}", name, action))]
    blocks += [section(part) for part in in_parts(lines)]
    blocks += buttons(refs, "records")
    if number is not None:
        choices = [
            button("Approve", APPROVE, str(number), style="primary"),
            button("Refuse", REFUSE, str(number)),
        ]
        blocks.append({"type": "actions", "block_id": "consent", "elements": choices})
        outcome = "Nothing has been changed yet. The card is valid for 30 minutes."
    return [*blocks, small_print(literal("{}", outcome))]


def sentence(text: str) -> list[Block]:
    """Return a sentence of the desk as blocks."""
    return [section(own_words(text))]


def listing(heading: str, refs: Sequence[Ref], total: int, footer: str = "") -> list[Block]:
    """Return a list of records as lines, with the button beside each."""
    shown = f"{heading}: {total}" if len(refs) == total else f"{heading}: {len(refs)} of {total}"
    rows = [line(literal("{} *{}*  {}", ref.icon, ref.title, ref.detail), ref) for ref in refs]
    blocks = [section(literal("*{}*", shown)), *rows]
    return [*blocks, *([context(footer)] if footer else [])]


def line(text: Text, ref: Ref) -> Block:
    """Return a line of a list with the button of its record, which shows only the id."""
    label, whole = f"{ref.icon} {ref.id}", clip(f"{ref.id} {sanitize(ref.title)}", MAX_WHOLE_LABEL)
    return section(text) | {
        "accessory": button(label, f"{ENTITY_ACTION}{ref.id}", ref.id, accessibility_label=whole)
    }


def listings(lists: Iterable[List]) -> list[Block]:
    """Return several lists one below the other, without repeated block ids, which Slack refuses."""
    return [
        {**row, "block_id": f"{each.heading}:{place}"}
        for each in lists
        for place, row in enumerate(listing(*each))
    ]


def digest(greeting: str, lists: Iterable[List], footer: str) -> list[Block]:
    """Return the lists that have records, cut to what fits into one message."""
    most, filled = MAX_LISTED, [each for each in lists if each.total]
    while True:
        shown = listings(each._replace(refs=each.refs[:most]) for each in filled)
        blocks = [*sentence(greeting), *shown, context(footer)]
        if fits(blocks) or not most:
            return blocks
        most -= 1


def notification(text: str) -> str:
    """Return the text for notifications and screen readers."""
    return clip(mrkdwn(text), NOTIFICATION_CHARACTERS)


def context(text: str) -> Block:
    """Return small print in mrkdwn, for texts of the desk itself: they are not escaped."""
    return small_print(parsed(text))


def small_print(text: Text) -> Block:
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


def without_buttons(blocks: Iterable[Block], keys: Collection[str]) -> Iterator[Block]:
    """Yield the blocks without the buttons of these records."""
    gone = {f"{ENTITY_ACTION}{key}" for key in keys}
    for block in blocks:
        kept = [each for each in block.get("elements", []) if each.get("action_id") not in gone]
        if block["type"] != "actions":
            yield block
        elif kept:
            yield {**block, "elements": kept}


def _entity_button(ref: Ref) -> Block:
    label = clip(sanitize(f"{ref.icon} {ref.id} {ref.title}"), MAX_LABEL)
    return button(label, f"{ENTITY_ACTION}{ref.id}", ref.id)


def tool_button(action: Action, **more: str) -> Block:
    """Return a button that calls the action's tool or, for missing arguments, opens its form."""
    arguments = orjson.dumps(dict(action.arguments)).decode()
    made = button(action.label, _action_id(action), arguments, **more)
    return made | {"confirm": _confirm(action)} if action.confirm else made


def _action_id(action: Action) -> str:
    kind = FORM_ACTION if action.opens_form else TOOL_ACTION
    return f"{kind}{action.tool.name}:{action.label}"


def _confirm(action: Action) -> Block:
    return {
        "title": plain("Are you sure?"),
        "text": plain(action.confirm, MAX_CONFIRM),
        "confirm": plain(action.label),
        "deny": plain("Cancel"),
    }


def more_menu(key: str, actions: Sequence[Action]) -> list[Block]:
    """Return the menu “⋯” of these actions on a record; nothing if there are none.

    The value of an option is the action id and the arguments of the button for which it stands.
    """
    options = [
        {
            "text": plain(each.label, MAX_OPTION),
            "value": orjson.dumps([_action_id(each), dict(each.arguments)]).decode(),
        }
        for each in actions
    ]
    menu = {"type": "overflow", "action_id": f"{MORE_ACTION}{key}", "options": options}
    return [menu] if options else []


def button_of(option: Mapping[str, Any]) -> Block:
    """Return the button for which an option of a menu “⋯” stands, or raise `ValueError`."""
    match orjson.loads(option["value"]):
        case [str(action_id), {**arguments}] if action_id.startswith((TOOL_ACTION, FORM_ACTION)):
            return button("", action_id, orjson.dumps(arguments).decode())
    raise ValueError("not an option of this menu")


def menu(
    label: str, tool: Tool, options: Sequence[tuple[str, Mapping[str, Any]]], current: str
) -> Block:
    """Return a menu each of whose options calls the tool with its arguments."""
    shown = [
        {"text": plain(clip(name, MAX_OPTION)), "value": orjson.dumps(dict(arguments)).decode()}
        for name, arguments in options[:MAX_OPTIONS]
    ]
    select: Block = {
        "type": "static_select",
        "action_id": f"{TOOL_ACTION}{tool.name}:{label}",
        "placeholder": plain(label),
        "options": shown,
    }
    chosen = [each for each, (name, _) in zip(shown, options, strict=False) if name == current]
    element = select | ({"initial_option": chosen[0]} if chosen else {})
    return {"type": "actions", "block_id": f"menu:{tool.name}", "elements": [element]}


def button(label: str, action_id: str, value: str = "", **more: str) -> Block:
    button: Block = {
        "type": "button",
        "text": plain(label),
        "action_id": action_id,
        **more,
    }
    return {**button, "value": value} if value else button


def fits(blocks: Sequence[Block]) -> bool:
    """Return whether Slack accepts these blocks as one message."""
    return len(blocks) <= MAX_BLOCKS and len(orjson.dumps(_texts(list(blocks)))) <= MAX_CHARACTERS


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["text"]] if isinstance(node.get("text"), str) else []
        return own + [text for value in node.values() for text in _texts(value)]
    return [text for item in node for text in _texts(item)] if isinstance(node, list) else []


def section(text: Text) -> Block:
    return {"type": "section", "text": text}
