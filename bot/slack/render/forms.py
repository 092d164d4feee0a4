"""A tool's form as Block Kit, and its arguments read back from what a person filled in."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from bot.slack.render.blocks import FORM_ACTION, MAX_OPTION, MAX_OPTIONS, Block
from bot.slack.render.literal import LONGEST, plain
from bot.slack.render.text import clip
from services.context import Role
from services.entities.base import Entity
from services.entities.card import Ref
from services.entities.column import TITLE_LENGTH
from services.sanitize import sanitize
from services.tools.parameters import Parameter
from services.tools.surfaces import CardButton
from services.tools.tool import Tool

RECORD_ACTION = "record:"
"""Begins the action id of a search-as-you-type menu; the prefix of its records follows."""
OFFERED_ACTION = "offered:"
"""Begins the action id of a menu of offered texts; its tool and parameter follow."""
VALUE = "value"
MAX_TITLE = 24

State = Mapping[str, Mapping[str, Any]]


def form(
    tool: Tool, role: Role, given: Mapping[str, Any], button: CardButton | None = None
) -> Block:
    """Return the form of a tool for somebody with this role, as the pressed button wants it.

    Texts in `given` stand in the form's fields beforehand; other arguments are kept as they are.
    """
    asks = button.asks if button else ()
    only = (*asks, *button.offers) if button and asks else tuple(tool.parameters)
    fields = [
        tool.parameters[name] for name in only if is_asked(tool.parameters[name], role, given)
    ]
    fixed = {name: value for name, value in given.items() if name not in {f.name for f in fields}}
    return {
        "type": "modal",
        "callback_id": f"{FORM_ACTION}{tool.name}",
        "private_metadata": orjson.dumps(fixed).decode(),
        "title": {
            "type": "plain_text",
            "text": clip(button.label if button and asks else tool.title, MAX_TITLE),
        },
        "submit": {"type": "plain_text", "text": "Submit"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [
            _input(
                tool, each, given.get(each.name, ""), required=each.required or each.name in asks
            )
            for each in fields
        ],
    }


def is_asked(parameter: Parameter, role: Role, given: Mapping[str, Any]) -> bool:
    """Return whether the form has a field for the parameter."""
    any_record = parameter.entity is not None and not hasattr(parameter.entity, "prefix")
    free_text = parameter.takes_text
    fixed = parameter.name in given and not free_text
    return role >= parameter.label.needs and not any_record and not fixed


def arguments_in(tool: Tool, view: Block) -> dict[str, Any]:
    """Return what a person filled in, without what they left empty, beside what was fixed."""
    fixed: dict[str, Any] = orjson.loads(view.get("private_metadata") or "{}")
    state: State = (view.get("state") or {}).get("values") or {}
    filled = {
        name: value
        for name, elements in state.items()
        if name in tool.parameters
        for value in [_value(tool.parameters[name], element) for element in elements.values()]
        if value is not None
    }
    return {**filled, **fixed}


def options(records: list[Entity]) -> Block:
    """Return the answer to a search-as-you-type menu."""
    return {"options": [_record_option(each.ref) for each in records]}


def offered(texts: list[str], typed: str) -> Block:
    """Return the answer to a menu of texts, with those that hold what was typed."""
    fitting = [each for each in texts if typed.lower() in each.lower()]
    return {"options": [_option(each, each) for each in fitting[:MAX_OPTIONS]]}


def _value(parameter: Parameter, element: Mapping[str, Any]) -> Any:
    match element.get("type"):
        case "static_select" | "external_select":
            chosen = (element.get("selected_option") or {}).get("value")
            return [chosen] if parameter.many and chosen else chosen
        case "checkboxes":
            return bool(element.get("selected_options"))
        case "datepicker":
            return element.get("selected_date")
        case _:
            value = element.get("value")
            # An empty required field goes to the tool, which says what is missing.
            return (value or "") if parameter.required else value or None


def _input(tool: Tool, parameter: Parameter, initial: object, *, required: bool) -> Block:
    return {
        "type": "input",
        "block_id": parameter.name,
        "label": {"type": "plain_text", "text": parameter.label.text},
        "optional": not required or parameter.base is bool,
        "element": _element(tool, parameter, str(initial)),
    }


def _element(tool: Tool, parameter: Parameter, initial: str) -> Block:
    if parameter.offered:
        action = f"{OFFERED_ACTION}{tool.name}:{parameter.name}"
        return {"type": "external_select", "action_id": action, "min_query_length": 0}
    if parameter.entity:
        action = f"{RECORD_ACTION}{parameter.entity.prefix}"
        return {"type": "external_select", "action_id": action, "min_query_length": 1}
    if parameter.choices:
        return _menu(parameter)
    if parameter.base is bool:
        option = _option("Yes", "true")
        return {"type": "checkboxes", "action_id": VALUE, "options": [option]}
    if parameter.base is date:
        return {"type": "datepicker", "action_id": VALUE}
    if parameter.base is int:
        return {"type": "number_input", "action_id": VALUE, "is_decimal_allowed": False}
    return _text(parameter, initial)


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
