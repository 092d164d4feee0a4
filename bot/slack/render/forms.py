"""A tool's form as Block Kit, and the tool's arguments as read from the submitted form."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from bot.slack.render.blocks import (
    FORM_ACTION,
    MAX_HEADER,
    MAX_OPTION,
    MAX_OPTIONS,
    Block,
    button,
    section,
    tool_button,
)
from bot.slack.render.literal import LONGEST, own_words, plain
from bot.slack.render.text import clip
from services.context import Role
from services.desk_settings import readable
from services.entities.base import Entity
from services.entities.card import Ref
from services.entities.column import TITLE_LENGTH
from services.sanitize import sanitize
from services.tools.actions import Opening, Part
from services.tools.parameters import Parameter
from services.tools.surfaces import CardButton
from services.tools.tool import Tool

RECORD_ACTION = "record:"
"""The prefix of a search-as-you-type menu's action id; the prefix of its records follows."""
OFFERED_ACTION = "offered:"
"""The prefix of the action id of a menu of offered texts; its tool and parameter follow."""
VALUE = "value"
MAX_TITLE = 24

State = Mapping[str, Mapping[str, Any]]


def form(
    tool: Tool,
    role: Role,
    given: Mapping[str, Any],
    pressed: CardButton | None = None,
    below: str = "",
) -> Block:
    """Return the form of a tool for somebody with this role, with the fields of the pressed button.

    Texts in `given` are the initial values of their fields; other arguments have no field, and are
    submitted as they are. `below` is the tool of the form under this one in Slack's stack of views.
    """
    asks = pressed.asks if pressed else ()
    only = (*asks, *pressed.offers) if pressed and asks else tuple(tool.parameters)
    fields = [
        tool.parameters[name] for name in only if is_asked(tool.parameters[name], role, given)
    ]
    fixed = {name: value for name, value in given.items() if name not in {f.name for f in fields}}
    view = _modal(tool, pressed.label if pressed and asks else tool.title, "Submit")
    return view | {
        "callback_id": ":".join([view["callback_id"], *([below] if below else [])]),
        "private_metadata": orjson.dumps(fixed).decode(),
        "blocks": list(_inputs(tool, fields, given, asks)),
    }


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


def tools_in(view: Block) -> list[str]:
    """Return the name of the form's tool, and of the tool whose form is below it, if any."""
    name = str(view.get("callback_id") or "")
    return name.removeprefix(FORM_ACTION).split(":") if name.startswith(FORM_ACTION) else []


def is_asked(parameter: Parameter, role: Role, given: Mapping[str, Any]) -> bool:
    """Return whether the form has a field for the parameter."""
    any_record = parameter.entity is not None and not hasattr(parameter.entity, "prefix")
    free_text = parameter.takes_text
    fixed = parameter.name in given and not free_text
    return role >= parameter.label.needs and not any_record and not fixed


def arguments_in(tool: Tool, view: Block) -> dict[str, Any]:
    """Return the arguments: fixed ones and filled fields; empty fields are left out."""
    fixed: dict[str, Any] = orjson.loads(view.get("private_metadata") or "{}")
    state: State = (view.get("state") or {}).get("values") or {}
    filled = {
        name: value
        for name, elements in state.items()
        if name in tool.parameters
        for value in [_value(tool.parameters[name], element) for element in elements.values()]
        if value is not None
    }
    return {**(_changed(tool, view, filled) if tool.opens else filled), **fixed}


def _changed(tool: Tool, view: Block, filled: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that the person changed: others may have saved the rest meanwhile."""
    shown = {
        block["block_id"]: _value(tool.parameters[block["block_id"]], _initial(block["element"]))
        for block in view.get("blocks") or []
        if block.get("type") == "input" and block["block_id"] in tool.parameters
    }
    return {name: value for name, value in filled.items() if value != shown.get(name)}


def _initial(element: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of an element that nobody has touched."""
    begins = {name: value for name, value in element.items() if name.startswith("initial_")}
    state = {name.replace("initial_", "selected_"): value for name, value in begins.items()}
    return {"type": element["type"], **state, "value": begins.get("initial_value")}


def options(records: list[Entity]) -> Block:
    """Return the answer to a search-as-you-type menu."""
    return {"options": [_record_option(each.ref) for each in records]}


def offered(texts: list[str], typed: str) -> Block:
    """Return the answer to a menu of texts: those that contain what was typed."""
    fitting = [each for each in texts if typed.lower() in each.lower()]
    return {"options": [_option(each, each) for each in fitting[:MAX_OPTIONS]]}


def _value(parameter: Parameter, element: Mapping[str, Any]) -> Any:
    match element.get("type"):
        case "static_select" | "external_select":
            chosen = (element.get("selected_option") or {}).get("value")
            return [chosen] if parameter.many and chosen else chosen
        case "multi_static_select":
            return sorted(each["value"] for each in element.get("selected_options") or [])
        case "checkboxes":
            return bool(element.get("selected_options"))
        case "multi_conversations_select":
            return sorted(element.get("selected_conversations") or [])
        case "datepicker":
            return element.get("selected_date")
        case _:
            value = element.get("value")
            # An empty required field goes to the tool, which says what is missing.
            return (value or "") if parameter.required else value or None


def _inputs(
    tool: Tool, fields: Sequence[Parameter], values: Mapping[str, Any], asks: tuple[str, ...]
) -> Iterator[Block]:
    """Yield the fields, each group below its heading."""
    group = ""
    for each in fields:
        if each.label.group != group:
            group = each.label.group
            yield _header(group)
        required = each.required or each.name in asks or tool.opens is not None
        yield _input(tool, each, values.get(each.name, ""), required=required)


def _below(parts: Sequence[Part]) -> Iterator[Block]:
    for number, part in enumerate(parts):
        if part.heading:
            yield _header(part.heading)
        yield section(own_words(part.text))
        if part.actions:
            elements = [tool_button(each) for each in part.actions]
            yield {"type": "actions", "block_id": f"part:{number}", "elements": elements}


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
        return {"type": "external_select", "action_id": action, "min_query_length": 1}
    if parameter.channels:
        return _channels(initial or ())
    if parameter.choices:
        return _several(parameter, initial or ()) if parameter.many else _menu(parameter)
    if parameter.base is bool:
        return _switch(initial)
    if parameter.base is date:
        return {"type": "datepicker", "action_id": VALUE}
    if parameter.base is int:
        begin = {"initial_value": str(initial)} if initial != "" else {}
        return {"type": "number_input", "action_id": VALUE, "is_decimal_allowed": False, **begin}
    return _text(parameter, str(initial))


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


def _menu(parameter: Parameter) -> Block:
    menu: Block = {
        "type": "static_select",
        "action_id": VALUE,
        "options": [_option(each, each) for each in parameter.choices],
    }
    if parameter.default in parameter.choices:
        menu["initial_option"] = _option(parameter.default, parameter.default)
    return menu


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
