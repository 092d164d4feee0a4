"""The state of input elements: what a person chose, as Slack's `state.values`."""

from typing import Any

from bot.playground.faults import SlackError
from bot.playground.nouns import Json, View, elements_of

_CHOSEN = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "multi_static_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}
"""For each type of element, the key of what is chosen."""


def fill(view: View, values: Json) -> Json:
    """Return `state.values` of a form that a person has filled with `values`.

    The keys of `values` are an input's action_id, block_id or label.
    """
    filled: Json = {}
    for block in view.content.get("blocks", []):
        for block_id, element in elements_of([block]):
            if element["type"] not in _CHOSEN:
                continue
            given = _given(block, element, values)
            filled.setdefault(block_id, {})[element["action_id"]] = chosen(element, given)
        _require(block, filled)
    return filled


def chosen(element: Json, given: Any) -> Json:
    """Return the state of one element: the `given` value, or else the app's initial value."""
    key = _CHOSEN[element["type"]]
    initial = f"initial_{key.removeprefix('selected_')}"
    value = element.get(initial) if given is None else _as_slack(element, key, given)
    if value is None and element["type"].startswith(("multi_", "checkboxes")):
        value = []
    return {"type": element["type"], key: value}


def _given(block: Json, element: Json, values: Json) -> Any:
    label = (block.get("label") or {}).get("text")
    for name in (element["action_id"], block.get("block_id"), label):
        if name in values:
            return values[name]
    return None


def _as_slack(element: Json, key: str, given: Any) -> Any:
    if key == "selected_option":
        return _option(element, given)
    if key == "selected_options":
        return [_option(element, one) for one in given]
    return given


def _option(element: Json, given: Any) -> Json:
    """Return an option by its value or label; an option of an external menu is passed as it is."""
    if isinstance(given, dict):
        return given
    for option in options_of(element):
        if given in (option.get("value"), option["text"]["text"]):
            return option
    raise SlackError("option_not_found", option=given)


def options_of(element: Json) -> list[Json]:
    grouped = [o for group in element.get("option_groups") or [] for o in group["options"]]
    return [*(element.get("options") or []), *grouped]


def _require(block: Json, filled: Json) -> None:
    """Refuse an incomplete form, which Slack's client would not send."""
    if block.get("type") != "input" or block.get("optional"):
        return
    for state in filled.get(block["block_id"], {}).values():
        if not state[_CHOSEN[state["type"]]]:
            raise SlackError("missing_required_input", block_id=block["block_id"])
