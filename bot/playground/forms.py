"""The state of input elements: what a person chose, as Slack's `state.values`."""

from typing import Any

from bot.playground.faults import SlackError
from bot.playground.nouns import Json, View, elements_of

# For each element: the key of what is chosen, and of what the app put there beforehand.
KEYS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
}


def fill(view: View, values: Json) -> Json:
    """Return `state.values` of a form that a person has filled with `values`.

    The keys of `values` are an input's action_id, block_id or label.
    """
    filled: Json = {}
    for block in view.content.get("blocks", []):
        for block_id, element in elements_of([block]):
            if element["type"] not in KEYS:
                continue
            given = _given(block, element, values)
            filled.setdefault(block_id, {})[element["action_id"]] = chosen(element, given)
        _require(block, filled)
    return filled


def chosen(element: Json, given: Any) -> Json:
    """Return the state of one element: the `given` value, or else the app's initial value."""
    key, initial = KEYS[element["type"]]
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
        if not state[KEYS[state["type"]][0]]:
            raise SlackError("missing_required_input", block_id=block["block_id"])
