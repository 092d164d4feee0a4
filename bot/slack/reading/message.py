"""A message as Slack delivers it: the words of its author, and what it carries beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.reading.blocks import words_of_blocks

MOST_CARRIED = 8_000
"""The maximum number of characters read of a message's attachments and forwarded messages."""
FILES = "Attached files, which cannot be read yet: {files}"
_KILO = 1_024


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a message in Slack's markup: its author's own words, and what it carries."""

    text: str
    """The author's own words."""
    carried: str
    """Words of others: forwarded messages and attachments, and the names of files."""


def read_message(message: Mapping[str, Any]) -> Written:
    """Return a message's own text and what it carries; parts of an unknown shape are left out.

    Its blocks are read where its text lacks their words: Slack's composer repeats the text as
    blocks, while apps often set the text to that of a notification, or to nothing.
    """
    text = _string(message.get("text"))
    written = _with_blocks(text, _not_composed(text, _dicts(message.get("blocks"))))
    carried = [_attachment(each) for each in _dicts(message.get("attachments"))]
    files = [_file(each) for each in _dicts(message.get("files"))]
    carried += [FILES.format(files="; ".join(files))] if files else []
    beside = "\n\n".join(each for each in carried if each)
    return Written(_storable(written), _storable(_shortened(beside, MOST_CARRIED)))


def is_tombstone(message: Mapping[str, Any]) -> bool:
    """Return whether a message stands in place of a deleted one that has replies."""
    return message.get("subtype") == "tombstone"


def _not_composed(text: str, blocks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the blocks that Slack's composer did not make; all blocks if the text is empty.

    The composer's blocks are of the type rich_text and only repeat the text.
    """
    return [each for each in blocks if not text or each.get("type") != "rich_text"]


def _with_blocks(text: str, blocks: Sequence[Mapping[str, Any]]) -> str:
    """Return the text, and below it the words of each block, unless the text has them already."""
    known = " ".join(text.split())
    new = [each for each in words_of_blocks(blocks) if " ".join(each.split()) not in known]
    return "\n".join(each for each in (text, *new) if each)


def _attachment(attachment: Mapping[str, Any]) -> str:
    lines = [line for line in _lines(attachment) if line.strip()]
    if not lines:
        return _string(attachment.get("fallback"))
    return "\n".join([_heading(attachment), *lines] if _is_forwarded(attachment) else lines)


def _is_forwarded(attachment: Mapping[str, Any]) -> bool:
    return any(attachment.get(name) for name in ("is_share", "is_msg_unfurl", "message_blocks"))


def _lines(attachment: Mapping[str, Any]) -> Iterator[str]:
    yield _string(attachment.get("pretext"))
    if not _is_forwarded(attachment):
        yield _string(attachment.get("author_name"))
    title, address = (_string(attachment.get(name)) for name in ("title", "title_link"))
    yield f"<{address}|{title}>" if title and address else title or address
    blocks = _dicts(attachment.get("blocks"))
    for message in _dicts(attachment.get("message_blocks")):
        inner = message.get("message")
        blocks += _dicts(inner.get("blocks")) if isinstance(inner, Mapping) else []
    text = _string(attachment.get("text"))
    yield _with_blocks(text, _not_composed(text, blocks))
    for field in _dicts(attachment.get("fields")):
        yield ": ".join(filter(None, (_string(field.get(name)) for name in ("title", "value"))))
    if files := [_file(each) for each in _dicts(attachment.get("files"))]:
        yield FILES.format(files="; ".join(files))
    if not _is_forwarded(attachment):
        yield _string(attachment.get("footer"))


def _heading(attachment: Mapping[str, Any]) -> str:
    author = _first(attachment, "author_name") or _mention("@", attachment.get("author_id"))
    place = _first(attachment, "channel_name") or _mention("#", attachment.get("channel_id"))
    of, within = f" of {author}" if author else "", f" in {place}" if place else ""
    return f"Forwarded message{of}{within}:"


def _mention(sign: str, slack_id: Any) -> str:
    return f"<{sign}{slack_id}>" if _string(slack_id) else ""


def _file(file: Mapping[str, Any]) -> str:
    """Return a file's name, type and size, as far as Slack tells them."""
    name = _first(file, "name", "title") or "a file"
    kind = _first(file, "pretty_type", "filetype", "mimetype")
    about = ", ".join(filter(None, (kind, _size(file.get("size")))))
    return f"{name} ({about})" if about else name


def _size(size: Any) -> str:
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        return ""
    if size < _KILO:
        return f"{size} bytes"
    return f"{size / _KILO:.0f} KB" if size < _KILO**2 else f"{size / _KILO**2:.1f} MB"


def _first(part: Mapping[str, Any], *names: str) -> str:
    """Return the text of the first of these fields that has one."""
    return next((text for name in names if (text := _string(part.get(name)))), "")


def _string(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _storable(text: str) -> str:
    """Return the text without what Postgres can't hold in JSON: NUL and half a surrogate pair."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
