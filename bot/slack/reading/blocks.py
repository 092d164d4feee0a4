"""The text of Block Kit's blocks, in Slack's markup, for messages whose `text` lacks it."""

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_TEXTS = ("title", "subtitle", "text", "body", "caption", "alt_text")
_PARTS = ("fields", "elements", "rows", "blocks", "child_blocks", "accessory")
_FOR_CLICKS = ("actions", "context_actions", "input")
_NAMING = {
    "user": ("<@{}>", "user_id"),
    "usergroup": ("<!subteam^{}>", "usergroup_id"),
    "channel": ("<#{}>", "channel_id"),
    "broadcast": ("<!{}>", "range"),
    "emoji": (":{}:", "name"),
    "color": ("{}", "value"),
}
"""The markup of each type of rich-text element, and the field whose value replaces the braces."""
_DEPTH = 12
"""The maximum number of levels read of blocks within blocks."""


def words_of_blocks(blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the text of each block that has one; buttons and menus have none."""
    found = [" ".join(_words(each, 0)) for each in blocks]
    return [each.strip() for each in found if each.strip()]


def _words(node: Any, depth: int) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _words(each, depth)
    elif isinstance(node, dict) and depth < _DEPTH:
        kind = node.get("type")
        if kind == "rich_text":
            yield _lines(node, depth)
        elif kind not in _FOR_CLICKS and "action_id" not in node:
            yield from (text for name in _TEXTS for text in _text(node.get(name), depth))
            for name in _PARTS:
                yield from _words(node.get(name), depth + 1)


def _text(value: Any, depth: int) -> Iterator[str]:
    """Yield the text of a value in a block: a string, or an object with texts inside."""
    if isinstance(value, str):
        yield value
    else:
        yield from _words(value, depth + 1)


# ---- rich text, as Slack's own composer makes it


def _lines(block: Any, depth: int) -> str:
    parts = [each for each in _list(block.get("elements")) if isinstance(each, dict)]
    return "\n".join(line for part in parts for line in _part(part, depth))


def _part(part: dict[str, Any], depth: int) -> Iterator[str]:
    """Yield the lines of an element of rich text: a section, list, quotation or code block."""
    elements = _list(part.get("elements"))
    if part.get("type") == "rich_text_list" and depth < _DEPTH:
        for each in elements:
            if isinstance(each, dict):
                yield from (f"- {line}" for line in _part(each, depth + 1))
    else:
        yield "".join(_inline(each) for each in elements if isinstance(each, dict))


def _inline(element: dict[str, Any]) -> str:
    """Return an element of rich text as Slack writes it in a message's text."""
    kind = element.get("type")
    if kind in _NAMING:
        form, name = _NAMING[kind]
        return form.format(_escaped(element.get(name)))
    if kind == "link":
        return _labelled(_escaped(element.get("url")), element.get("text"))
    if kind == "date":
        return _labelled(f"!date^{element.get('timestamp')}^{{date}}", element.get("fallback"))
    return _escaped(element.get("text"))


def _labelled(target: str, label: Any) -> str:
    return f"<{target}|{_escaped(label)}>" if label else f"<{target}>"


def _escaped(text: Any) -> str:
    return html.escape(text, quote=False) if isinstance(text, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
