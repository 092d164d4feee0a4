"""A tool's form as Block Kit."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from bot.slack.render.ack import options_for_ack
from bot.slack.render.blocks import (
    FORM_ACTION,
    MAX_HEADER,
    MAX_OPTION,
    MAX_OPTIONS,
    Block,
    button,
    section,
    small_print,
    tool_button,
)
from bot.slack.render.literal import LONGEST, literal, own_words, plain
from bot.slack.render.submitted import GIVEN
from bot.slack.render.text import clip
from services.context import Role
from services.desk_settings import readable
from services.entities.base import Entity
from services.entities.card import Ref
from services.entities.column import TITLE_LENGTH
from services.sanitize import sanitize
from services.tools.actions import Opening, Part
from services.tools.columns import never_empty, present_values
from services.tools.parameters import Parameter
from services.tools.surfaces import CardButton
from services.tools.tool import Tool

RECORD_ACTION = "record:"
"""The prefix of a search-as-you-type menu's action id; the prefix of its records' ids follows."""
OFFERED_ACTION = "offered:"
"""The prefix of the action id of a menu of offered values; its tool and parameter follow."""
VALUE = "value"
MAX_TITLE = 24


def form(
    tool: Tool,
    role: Role,
    given: Mapping[str, Any],
    pressed: CardButton | None = None,
    below: str = "",
    record: Entity | None = None,
) -> Block:
    """Return the form of a tool for somebody with this role, as the pressed button asks for it.

    Texts in `given` are the initial values of their fields; other arguments have no field, and are
    submitted as they are. `record` is the one on whose card the button stands. If the button edits
    it, the form has fields for its columns with their present values; else it names the record.
    `below` is the tool of the form under this one in Slack's stack of views.
    """
    edited = record if pressed and pressed.edits else None
    present = present_values(edited) if edited else {}
    asks = never_empty(type(edited)) if edited else pressed.asks if pressed else ()
    only = _editable(present) if edited else _of_button(tool, pressed)
    fields = [each for name, each in tool.parameters.items() if name in only]
    fields = [each for each in fields if is_asked(each, role, given)]
    fixed = {name: value for name, value in given.items() if name not in {f.name for f in fields}}
    title = pressed.label if pressed else tool.title
    view = (
        _modal(tool, f"{title} {edited.key}", "Save") if edited else _modal(tool, title, "Submit")
    )
    return view | {
        "callback_id": ":".join([view["callback_id"], *([below] if below else [])]),
        "private_metadata": orjson.dumps({GIVEN: fixed}).decode(),
        "blocks": [
            *([_named(record.ref)] if record and not edited else []),
            *_inputs(tool, fields, {**present, **given}, asks),
        ],
    }


def _of_button(tool: Tool, pressed: CardButton | None) -> Collection[str]:
    return (*pressed.asks, *pressed.offers) if pressed and pressed.asks else tool.parameters


def _editable(present: Mapping[str, Any]) -> set[str]:
    """Return the names of the values that a form's field can hold without cutting them off."""
    too_long = {
        name
        for name, value in present.items()
        if isinstance(value, str) and len(sanitize(value)) > LONGEST
    }
    return present.keys() - too_long


def present_form(tool: Tool, role: Role, opening: Opening, page: str) -> Block:
    """Return the form of a tool with present values, further sections, and a link to its page."""
    fields = [each for each in tool.parameters.values() if is_asked(each, role, {})]
    link = button("Open as a page ↗", f"page:{tool.name}", url=page)
    return _modal(tool, tool.title, "Save") | {
        "blocks": [
            *_inputs(tool, fields, opening.values, ()),
            *_below(opening.parts),
            {"type": "actions", "block_id": "page", "elements": [link]},
        ]
    }


def _modal(tool: Tool, title: str, submit: str) -> Block:
    return {
        "type": "modal",
        "callback_id": f"{FORM_ACTION}{tool.name}",
        "title": {"type": "plain_text", "text": clip(title, MAX_TITLE)},
        "submit": {"type": "plain_text", "text": submit},
        "close": {"type": "plain_text", "text": "Cancel"},
    }


def is_asked(parameter: Parameter, role: Role, given: Mapping[str, Any]) -> bool:
    """Return whether the form has a field for the parameter."""
    any_record = parameter.entity is not None and not hasattr(parameter.entity, "prefix")
    free_text = parameter.takes_text
    fixed = parameter.name in given and not free_text
    return role >= parameter.label.needs and not any_record and not fixed


def options(records: list[Entity]) -> Block:
    """Return these records as the answer to a search-as-you-type menu."""
    return options_for_ack(_record_option(each.ref) for each in records)


def offered(values: Sequence[str | Ref], typed: str) -> Block:
    """Return the answer to a menu of texts or records: those that contain what was typed."""
    options = [
        _option(each, each) if isinstance(each, str) else _record_option(each) for each in values
    ]
    fitting = [each for each in options if typed.lower() in each["text"]["text"].lower()]
    return options_for_ack(fitting[:MAX_OPTIONS])


def _inputs(
    tool: Tool, fields: Sequence[Parameter], values: Mapping[str, Any], asks: Collection[str]
) -> Iterator[Block]:
    """Yield the fields, each group below its heading."""
    group = ""
    for each in fields:
        if each.label.group != group:
            group = each.label.group
            yield _header(group)
        required = each.required or each.name in asks or tool.opens is not None
        yield _input(tool, each, values.get(each.name), required=required)


def _below(parts: Sequence[Part]) -> Iterator[Block]:
    for number, part in enumerate(parts):
        if part.heading:
            yield _header(part.heading)
        yield section(own_words(part.text))
        if part.actions:
            elements = [tool_button(each) for each in part.actions]
            yield {"type": "actions", "block_id": f"part:{number}", "elements": elements}


def _named(ref: Ref) -> Block:
    return small_print(literal("{} {} {}", ref.icon, ref.id, ref.title))


def _header(text: str) -> Block:
    return {"type": "header", "text": plain(text, MAX_HEADER)}


def _input(tool: Tool, parameter: Parameter, initial: Any, *, required: bool) -> Block:
    may_be_empty = parameter.base is bool or parameter.many
    hint = {"hint": plain(parameter.label.hint)} if parameter.label.hint else {}
    return {
        "type": "input",
        "block_id": parameter.name,
        "label": {"type": "plain_text", "text": parameter.label.text},
        "optional": not required or may_be_empty,
        "element": _element(tool, parameter, initial),
        **hint,
    }


def _element(tool: Tool, parameter: Parameter, initial: Any) -> Block:
    if parameter.offered:
        action = f"{OFFERED_ACTION}{tool.name}:{parameter.name}"
        return {"type": "external_select", "action_id": action, "min_query_length": 0}
    if parameter.entity:
        action = f"{RECORD_ACTION}{parameter.entity.prefix}"
        begin: Block = {"initial_option": _record_option(initial.ref)} if initial else {}
        return {"type": "external_select", "action_id": action, "min_query_length": 1, **begin}
    if parameter.channels:
        return _channels(initial or ())
    if parameter.choices:
        return _several(parameter, initial or ()) if parameter.many else _menu(parameter, initial)
    if parameter.base is bool:
        return _switch(initial)
    if parameter.base is date:
        begin = {"initial_date": initial.isoformat()} if initial else {}
        return {"type": "datepicker", "action_id": VALUE, **begin}
    if parameter.base is int:
        begin = {} if initial is None else {"initial_value": str(initial)}
        return {"type": "number_input", "action_id": VALUE, "is_decimal_allowed": False, **begin}
    return _text(parameter, str(initial or ""))


def _several(parameter: Parameter, initial: Sequence[str]) -> Block:
    options = {each: _option(readable(each), each) for each in parameter.choices[:MAX_OPTIONS]}
    begin = [options[each] for each in initial if each in options]
    return {
        "type": "multi_static_select",
        "action_id": VALUE,
        "options": list(options.values()),
        **({"initial_options": begin} if begin else {}),
    }


def _channels(initial: Sequence[str]) -> Block:
    return {
        "type": "multi_conversations_select",
        "action_id": VALUE,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        **({"initial_conversations": list(initial)} if initial else {}),
    }


def _switch(initial: Any) -> Block:
    option = _option("Yes", "true")
    begin = {"initial_options": [option]} if initial is True else {}
    return {"type": "checkboxes", "action_id": VALUE, "options": [option], **begin}


def _menu(parameter: Parameter, initial: str | None) -> Block:
    words = parameter.label.choices
    options = {each: _option(words.get(each, each), each) for each in parameter.choices}
    menu: Block = {
        "type": "static_select",
        "action_id": VALUE,
        "options": list(options.values()),
    }
    begin = initial or parameter.default
    return menu | ({"initial_option": options[begin]} if begin in options else {})


def _text(parameter: Parameter, initial: str) -> Block:
    longest = min(parameter.max_length or LONGEST, LONGEST)
    element: Block = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "multiline": longest > TITLE_LENGTH,
        "max_length": longest,
    }
    return {**element, "initial_value": clip(sanitize(initial), longest)} if initial else element


def _record_option(ref: Ref) -> Block:
    return _option(f"{ref.icon} {ref.id} {ref.title}", ref.id)


def _option(label: str, value: str) -> Block:
    return {"text": plain(label, MAX_OPTION), "value": value}
