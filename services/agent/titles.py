"""The title of a conversation: the first question in it, shortened."""

import re

from services.sanitize import one_line, sanitize

LONGEST_TITLE = 60
"""The maximum number of characters of a title. Slack accepts 200 and shows some 40 in its list."""

_WRITER = re.compile(r"\A\[[^\[\]]{1,99}, USR-\d{1,19}\] ")


def with_writer(message: str, name: str, key: str) -> str:
    """Return a message as transcripts have it where others read: with who wrote it before it."""
    return f"[{name}, {key}] {message}"


def own_words(message: str) -> str:
    """Return a person's message without what `with_writer` has put before it."""
    return _WRITER.sub("", message)


def title_of(question: str) -> str:
    """Return the question on one line, a long one cut after a word."""
    words = one_line(sanitize(own_words(question)))
    if len(words) <= LONGEST_TITLE:
        return words
    cut = words.rfind(" ", LONGEST_TITLE // 2, LONGEST_TITLE)
    return f"{words[: cut if cut > 0 else LONGEST_TITLE - 1].rstrip(' ,.;:')}…"
