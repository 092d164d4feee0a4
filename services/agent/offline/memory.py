"""Find what “it” means: the records that the thread has named."""

import re
from dataclasses import dataclass, field

from services.agent.offline import naming
from services.agent.offline.calls import Call
from services.entities.base import find_ids

EXAMPLES = "I understand sentences like these:"
"""The heading of the help. The ids below it are examples, and so is one behind “such as”."""
_EXAMPLE = re.compile(rf"\bsuch as (?:{'|'.join(naming.PREFIXES)})-\d+")
_ROW = re.compile(r"^(?:- |\*\*)(?P<row>.*)$", re.MULTILINE)


@dataclass(slots=True)
class Memory:
    """What the rules know of a thread: its texts, oldest first, and who asks.

    `staff`: the asker may use tools of technicians.
    `unasked`: the message did not address the desk; if it is not understood, there is no answer.
    """

    texts: list[str] = field(default_factory=list)
    asker: str | None = None
    staff: bool = False
    unasked: bool = False
    next_call: Call | None = None
    last_list: Call | None = None

    @property
    def may_be_silent(self) -> bool:
        """Whether no answer is expected: nobody addressed the desk, nor did it ask anything."""
        return self.unasked and not (self.texts and self.texts[-1].rstrip().endswith("?"))

    def latest(self, prefixes: tuple[str, ...]) -> list[str]:
        """Return the ids in the newest text that is about records of these types."""
        for text in reversed(self.texts):
            found = subjects(text, prefixes)
            if found:
                return found
        return []

    @property
    def is_about_machines(self) -> bool:
        """Whether the newest text that names records is about machines."""
        return any(key.startswith("MAC-") for key in self.latest(naming.PREFIXES)[:1])

    def named(self, key: str) -> str:
        """Return the id, with the title of its record if a text of the thread has it."""
        title = re.compile(rf"{key} “[^“”\n]*+”")
        found = (match[0] for text in reversed(self.texts) if (match := title.search(text)))
        return next(found, key)


def subjects(text: str, prefixes: tuple[str, ...]) -> list[str]:
    """Return the ids of these types that a text is about.

    A list is about all its rows, or what its heading names, and a card about its title; a sentence
    is about what each of its lines names first (“Added NOTE-3 to TKT-12”). Examples don't count.
    """
    if text.startswith(EXAMPLES):
        return []
    text = _EXAMPLE.sub("", text)
    rows = [key for row in _ROW.finditer(text) for key in find_ids(row["row"])[:1]]
    heading = find_ids(text.split("\n", 1)[0])
    if rows:
        return _fitting(rows, prefixes) or _fitting(heading, prefixes) or _all(text, prefixes)
    first = [key for line in text.splitlines() for key in _all(line, prefixes)[:1]]
    return list(dict.fromkeys(first))


def _all(text: str, prefixes: tuple[str, ...]) -> list[str]:
    return _fitting(find_ids(text), prefixes)


def _fitting(keys: list[str], prefixes: tuple[str, ...]) -> list[str]:
    return [key for key in dict.fromkeys(keys) if key.split("-")[0] in prefixes]
