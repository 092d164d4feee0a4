"""Block Kit's limits as one table, and the check that reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.playground.nouns import Json


@dataclass(frozen=True)
class Limit:
    """A limit on the value at `path` in blocks of this `type`; `[]` means every item of a list."""

    type: str
    path: str
    most: int
    least: int = 1


# Sources: the reference pages of docs.slack.dev for each block and element.
LIMITS = (
    Limit("*", "block_id", 255),
    Limit("*", "action_id", 255),
    Limit("section", "text.text", 3000),
    Limit("section", "fields", 10),
    Limit("section", "fields[].text", 2000),
    Limit("header", "text.text", 150),
    Limit("context", "elements", 10),
    Limit("context_actions", "elements", 5),
    Limit("actions", "elements", 25),
    Limit("image", "image_url", 3000),
    Limit("image", "alt_text", 2000),
    Limit("image", "title.text", 2000),
    Limit("input", "label.text", 2000),
    Limit("input", "hint.text", 2000),
    Limit("markdown", "text", 12000),
    Limit("table", "rows", 100),
    Limit("table", "rows[]", 20),
    Limit("plan", "tasks", 50),
    Limit("plan", "tasks[].title", 256),
    Limit("alert", "text.text", 200),
    Limit("card", "title.text", 150),
    Limit("card", "subtitle.text", 150),
    Limit("card", "body.text", 200),
    Limit("card", "actions", 3),
    Limit("carousel", "elements", 10),
    Limit("container", "child_blocks", 10),
    Limit("button", "text.text", 75),
    Limit("button", "value", 2000, least=0),
    Limit("button", "url", 3000),
    Limit("button", "accessibility_label", 75),
    *(
        limit
        for one in ("positive_button", "negative_button")
        for limit in (
            Limit("feedback_buttons", f"{one}.text.text", 75),
            Limit("feedback_buttons", f"{one}.value", 2000),
            Limit("feedback_buttons", f"{one}.accessibility_label", 75),
        )
    ),
    Limit("overflow", "options", 5),
    Limit("static_select", "options", 100),
    Limit("static_select", "option_groups", 100),
    Limit("static_select", "placeholder.text", 150),
    Limit("multi_static_select", "options", 100),
    Limit("multi_static_select", "option_groups", 100),
    Limit("multi_static_select", "placeholder.text", 150),
    Limit("external_select", "placeholder.text", 150),
    Limit("users_select", "placeholder.text", 150),
    Limit("plain_text_input", "placeholder.text", 150),
    Limit("checkboxes", "options", 10),
    Limit("radio_buttons", "options", 10),
    *(
        limit
        for kind in ("overflow", "static_select", "multi_static_select", "checkboxes")
        for limit in (
            Limit(kind, "options[].text.text", 75),
            Limit(kind, "options[].value", 150),
            Limit(kind, "options[].description.text", 75),
        )
    ),
    Limit("radio_buttons", "options[].text.text", 75),
    Limit("radio_buttons", "options[].value", 150),
    *(
        limit
        for kind in ("button", "overflow", "static_select", "checkboxes", "radio_buttons")
        for limit in (
            Limit(kind, "confirm.title.text", 100),
            Limit(kind, "confirm.text.text", 300),
            Limit(kind, "confirm.confirm.text", 30),
            Limit(kind, "confirm.deny.text", 30),
        )
    ),
    Limit("modal", "title.text", 24),
    Limit("modal", "submit.text", 24),
    Limit("modal", "close.text", 24),
    Limit("modal", "private_metadata", 3000, least=0),
    Limit("modal", "callback_id", 255, least=0),
    Limit("home", "private_metadata", 3000, least=0),
    Limit("home", "callback_id", 255, least=0),
)

REQUIRED = {
    "header": ("text",),
    "context": ("elements",),
    "context_actions": ("elements",),
    "actions": ("elements",),
    "image": ("alt_text",),
    "input": ("label", "element"),
    "markdown": ("text",),
    "table": ("rows",),
    "rich_text": ("elements",),
    "alert": ("text",),
    "button": ("text",),
    "feedback_buttons": ("positive_button", "negative_button"),
    "overflow": ("options",),
    "modal": ("title", "blocks"),
    "home": ("blocks",),
}

_EVERYWHERE = {"section", "header", "context", "actions", "divider", "image", "rich_text", "input"}
BLOCKS = {
    "message": _EVERYWHERE
    | {"markdown", "table", "context_actions", "alert", "card", "carousel", "container"}
    | {"data_table", "data_visualization", "plan", "task_card", "video", "file"},
    "modal": _EVERYWHERE | {"alert", "video"},
    "home": _EVERYWHERE | {"alert", "video"},
}
_OF_CONTEXT_ACTIONS = {"feedback_buttons", "icon_button"}
"""Elements that are allowed in context_actions and in no other block."""
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}

# Undocumented; seen failing between 11,341 and 13,297 characters (slackapi/bolt-js #2509, #2867).
MOST_TEXT_OF_ALL_BLOCKS = 12_000
MOST_UPDATE_TEXT = 4_000
MOST_MARKDOWN_TEXT = 12_000
MOST_TASK_TITLE = 256

_CHILDREN = ("blocks", "elements", "actions", "child_blocks", "accessory", "element")


def block_errors(blocks: Any, surface: str) -> list[str]:
    """Return the errors that Slack would report for these blocks; empty if it accepts them."""
    if not isinstance(blocks, list):
        return ["must provide an array [json-pointer:/blocks]"]
    if len(blocks) > MOST_BLOCKS[surface]:
        return [f"no more than {MOST_BLOCKS[surface]} items allowed [json-pointer:/blocks]"]
    errors = list(_unsupported(blocks, surface))
    errors += _repeated([("block_id", b.get("block_id"), f"/blocks/{i}") for i, b in _all(blocks)])
    for at, part in _walk(blocks, "/blocks"):
        errors += _errors_of(part, at)
    return errors


def view_errors(view: Any) -> list[str]:
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["must be one of the allowed values: modal, home [json-pointer:/type]"]
    head = {key: value for key, value in view.items() if key != "blocks"}
    errors = list(_missing(view, "")) + list(_broken(head, ""))
    errors += block_errors(view.get("blocks", []), view["type"])
    has_input = any(b.get("type") == "input" for b in view.get("blocks", []) if b)
    if view["type"] == "modal" and has_input and not view.get("submit"):
        errors.append("missing required field: submit [json-pointer:/]")
    return errors


def total_text(blocks: list[Json]) -> int:
    return sum(_length_of_texts(block) for block in blocks)


def _length_of_texts(part: Any) -> int:
    if isinstance(part, list):
        return sum(_length_of_texts(item) for item in part)
    if not isinstance(part, dict):
        return 0
    own = len(part["text"]) if isinstance(part.get("text"), str) else 0
    return own + sum(_length_of_texts(value) for value in part.values())


def _all(blocks: list[Any]) -> list[tuple[int, Json]]:
    return [(i, block) for i, block in enumerate(blocks) if isinstance(block, dict)]


def _unsupported(blocks: list[Any], surface: str) -> Iterator[str]:
    for i, block in enumerate(blocks):
        kind = block.get("type") if isinstance(block, dict) else None
        if kind not in BLOCKS[surface]:
            yield f"unsupported type: {kind} [json-pointer:/blocks/{i}/type]"


def _walk(part: Any, at: str) -> Iterator[tuple[str, Json]]:
    """Yield each block and element with its JSON pointer; elements of rich text have no limits."""
    if isinstance(part, list):
        for i, item in enumerate(part):
            yield from _walk(item, f"{at}/{i}")
    elif isinstance(part, dict):
        yield at, part
        if part.get("type") != "rich_text":
            for key in _CHILDREN:
                yield from _walk(part.get(key), f"{at}/{key}")


def _errors_of(part: Json, at: str) -> Iterator[str]:
    yield from _missing(part, at)
    yield from _broken(part, at)
    elements = [e for _, e in _all(part.get("elements") or [])]
    yield from _misplaced(part, elements, at)
    if part.get("type") != "rich_text":
        ids = [("action_id", e.get("action_id"), f"{at}/elements/{i}")
               for i, e in enumerate(elements)]  # fmt: skip
        yield from _repeated(ids)
    if part.get("type") == "section" and not (part.get("text") or part.get("fields")):
        yield f"missing required field: text [json-pointer:{at}]"


def _misplaced(part: Json, elements: list[Json], at: str) -> Iterator[str]:
    small = part.get("type") == "context_actions"
    for i, element in enumerate(elements):
        if part.get("type") in ("actions", "context_actions") and (
            (element.get("type") in _OF_CONTEXT_ACTIONS) != small
        ):
            kind = element.get("type")
            yield f"unsupported type: {kind} [json-pointer:{at}/elements/{i}/type]"


def _missing(part: Json, at: str) -> Iterator[str]:
    for name in REQUIRED.get(part.get("type", ""), ()):
        if part.get(name) is None:
            yield f"missing required field: {name} [json-pointer:{at}]"


def _broken(part: Json, at: str) -> Iterator[str]:
    for limit in LIMITS:
        if limit.type in ("*", part.get("type")):
            for pointer, value in _resolve(part, limit.path.split("."), at):
                yield from _size_error(value, limit, pointer)


def _resolve(part: Any, path: list[str], at: str) -> Iterator[tuple[str, Any]]:
    if not path:
        if part is not None:
            yield at, part
        return
    name, rest = path[0].removesuffix("[]"), path[1:]
    value = part.get(name) if isinstance(part, dict) else None
    if not path[0].endswith("[]"):
        yield from _resolve(value, rest, f"{at}/{name}")
        return
    for i, item in enumerate(value or []):
        yield from _resolve(item, rest, f"{at}/{name}/{i}")


def _size_error(value: Any, limit: Limit, at: str) -> Iterator[str]:
    if not isinstance(value, str | list):
        yield f"must be a string or an array [json-pointer:{at}]"
    elif len(value) > limit.most and isinstance(value, str):
        yield f"must be less than {limit.most + 1} characters [json-pointer:{at}]"
    elif len(value) > limit.most:
        yield f"no more than {limit.most} items allowed [json-pointer:{at}]"
    elif len(value) < limit.least and isinstance(value, str):
        yield f"must be more than {limit.least - 1} characters [json-pointer:{at}]"
    elif len(value) < limit.least:
        yield f"no fewer than {limit.least} items allowed [json-pointer:{at}]"


def _repeated(ids: list[tuple[str, Any, str]]) -> Iterator[str]:
    seen: set[str] = set()
    for name, value, at in ids:
        if value and value in seen:
            yield f"`{name}` {value} already exists for another element [json-pointer:{at}/{name}]"
        seen.add(value)
