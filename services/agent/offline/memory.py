"""Find what “it” means: the records that the thread has named."""

import re
from dataclasses import dataclass, field

from services.agent.offline.calls import Call
from services.entities.base import find_ids
from services.entities.registry import ENTITY_TYPES

PREFIXES = tuple(ENTITY_TYPES)
PLACES = {
    "first": 0,
    "1st": 0,
    "top": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "fifth": 4,
    "last": -1,
}
"""The index of a list's item by the word for it."""
TICKET_NOUNS = "ticket|issue|request"
MACHINE_NOUNS = "machine|laptop|computer|desktop|server|device"
OWNED = (
    r"(?:my|his|her|their|[^\W\d_][\w.-]{0,40}(?: [^\W\d_][\w.-]{0,40})?(?:'s|(?<=s)'))"
    rf" (?:old |new )?(?:{MACHINE_NOUNS}|notebook|loaner|workstation|pc)"
)
"""The pattern of a machine named by its holder, such as “Priya's laptop”."""
DESCRIBED = (
    rf"(?:(?:my|our)(?: [\w'-]{{1,40}}){{0,4}}?|the(?: (?!(?:{'|'.join(PLACES)}|new) )"
    rf"[\w'-]{{1,40}}){{1,4}}?) (?:{TICKET_NOUNS})"
)
"""The pattern of a ticket named by its subject, such as “my printer ticket”."""
SPARE = rf"(?:an?|the) (?:(?:spare|loaner|loan|free|available) (?:{MACHINE_NOUNS})|loaner|spare)"
"""The pattern of any machine that nobody has, such as “a spare laptop”."""
EXAMPLES = "I understand sentences like these:"
"""The heading of the help. The ids below it are examples, and so is one behind “such as”."""
_EXAMPLE = re.compile(rf"\bsuch as (?:{'|'.join(PREFIXES)})-\d+")
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
        return any(key.startswith("MAC-") for key in self.latest(PREFIXES)[:1])

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
