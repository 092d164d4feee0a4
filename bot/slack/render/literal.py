"""Escaping: texts of people are shown in Slack as typed, without formatting, links and emoji.

mrkdwn has no escape for `*`, `_`, `~` or a backtick. A text with one of them, or with an emoji's
name, is therefore shown as plain_text, which Slack does not parse; the desk's own formatting around
it is dropped. `verbatim` keeps Slack from turning addresses into links.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from bot.slack.render.text import clip, mrkdwn, split
from services.entities.card import Field, Ref, Value, value_text
from services.sanitize import sanitize

Text = dict[str, object]

LONGEST = 3_000
"""The maximum number of characters that Slack accepts in a text object."""

FORMATTING = re.compile(r"[*_~`]|:[\w+-]{1,99}:|^>", re.MULTILINE)
_MARKS = re.compile(r"[*`]")
_COMMAND = re.compile(r"`/[a-z]+[^`\n]{0,99}`")


def literal(template: str, *values: str, limit: int = LONGEST) -> Text:
    """Return the template, in mrkdwn, with a text of people in place of each `{}`, unformatted."""
    if not any(FORMATTING.search(value) for value in values):
        text = template.format(*map(mrkdwn, values))
        if len(text) <= limit:
            return parsed(text)
    return plain(_MARKS.sub("", template).format(*values), limit)


def own_words(text: str) -> Text:
    """Return a sentence of the desk as a text object; commands between backticks stay formatted."""
    if FORMATTING.search(_COMMAND.sub("", text)):
        return plain(text)
    return parsed(mrkdwn(text))


def parsed(text: str) -> Text:
    """Return a text object of mrkdwn, in which Slack turns no address into a link."""
    return {"type": "mrkdwn", "text": clip(text, LONGEST), "verbatim": True}


def plain(text: str, limit: int = LONGEST) -> Text:
    return {"type": "plain_text", "text": clip(sanitize(text), limit), "emoji": False}


def field_text(field: Field, limit: int) -> Text:
    """Return a field of a card; times are shown in the reader's own time zone."""
    if isinstance(field.value, datetime):
        return parsed(f"*{field.label}*\n{_moment(field.value)}")
    return literal("*{}*\n{}", field.label, _words(field.value), limit=limit)


def _moment(value: datetime) -> str:
    seconds = int(value.timestamp())
    return f"<!date^{seconds}^{{date_short_pretty}}, {{time}}|{value_text(value)}>"


def _words(value: Value) -> str:
    match value:
        case Ref():
            return f"{value.icon} {value.title}  {value.id}"
        case tuple():
            return "\n".join(_words(ref) for ref in value)
        case _:
            return value_text(value)


def in_parts(lines: Sequence[str]) -> list[Text]:
    """Return text objects with these lines; a long text is split over several, not cut off."""
    if any(FORMATTING.search(line) for line in lines):
        return [plain(part) for part in _packed([sanitize(line) for line in lines])]
    return [parsed(part) for part in _packed([mrkdwn(line) for line in lines])]


def _packed(lines: Sequence[str]) -> list[str]:
    packed: list[str] = []
    for line in lines:
        if packed and len(packed[-1]) + len(line) < LONGEST:
            packed[-1] += f"\n{line}"
        else:
            packed += split(line, LONGEST)
    return packed
