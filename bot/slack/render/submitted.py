"""The tool and the arguments in a submitted form."""

from collections.abc import Mapping
from typing import Any

import orjson

from bot.slack.render.blocks import FORM_ACTION, Block
from services.entities.absent import NONE
from services.tools.parameters import Parameter
from services.tools.tool import Tool

GIVEN = "given"
"""The key of the arguments without a field, in the JSON that a form's view keeps."""

State = Mapping[str, Mapping[str, Any]]


def tools_in(view: Block) -> list[str]:
    """Return the name of the form's tool, and of the tool whose form is below it, if any."""
    name = str(view.get("callback_id") or "")
    return name.removeprefix(FORM_ACTION).split(":") if name.startswith(FORM_ACTION) else []


def arguments_in(tool: Tool, view: Block) -> dict[str, Any]:
    """Return the tool's arguments in a submitted form: fixed ones and filled fields.

    Empty fields are left out, and in a form with present values those that nobody has changed.
    """
    fixed = given_in(view)
    state: State = (view.get("state") or {}).get("values") or {}
    filled = {
        name: _value(tool.parameters[name], element)
        for name, elements in state.items()
        if name in tool.parameters
        for element in elements.values()
    }
    filled = _changed(tool, view, filled) if tool.opens or tool.edits else filled
    return {**{name: value for name, value in filled.items() if value is not None}, **fixed}


def kept_in(view: Block) -> dict[str, Any]:
    """Return what the view of a form keeps until it is submitted."""
    kept: dict[str, Any] = orjson.loads(view.get("private_metadata") or "{}")
    return kept


def given_in(view: Block) -> dict[str, Any]:
    """Return the arguments of a form that have no field."""
    return kept_in(view).get(GIVEN) or {}


def _changed(tool: Tool, view: Block, filled: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that the person changed: somebody else may have saved others meanwhile.

    A field that was emptied is returned with the value that clears its column.
    """
    shown = {
        block["block_id"]: _value(tool.parameters[block["block_id"]], _initial(block["element"]))
        for block in view.get("blocks") or []
        if block.get("type") == "input" and block["block_id"] in tool.parameters
    }
    return {
        name: _emptied(tool.parameters[name]) if value is None else value
        for name, value in filled.items()
        if value != shown.get(name)
    }


def _emptied(parameter: Parameter) -> str:
    return "" if parameter.takes_text else NONE


def _initial(element: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of an input element that nobody has touched."""
    begins = {name: value for name, value in element.items() if name.startswith("initial_")}
    state = {name.replace("initial_", "selected_"): value for name, value in begins.items()}
    return {"type": element["type"], **state, "value": begins.get("initial_value")}


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
