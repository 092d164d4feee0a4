"""What “it” means: the records that the thread has named."""

import re
from dataclasses import dataclass, field

from services.agent.offline.calls import Call
from services.entities.base import KINDS, find_ids

PREFIXES = tuple(KINDS)
_ROW = re.compile(r"^(?:- |\*\*)(?P<row>.*)$", re.MULTILINE)


@dataclass(slots=True)
class Memory:
    """The words and answers of the thread so far, oldest first, and how the last list goes on, who asks."""

    texts: list[str] = field(default_factory=list)
    asker: str | None = None
    next_call: Call | None = None

    def latest(self, prefixes: tuple[str, ...]) -> list[str]:
        """The ids that the newest fitting text is about; several when it lists several."""
        for text in reversed(self.texts):
            found = subjects(text, prefixes)
            if found:
                return found
        return []


def subjects(text: str, prefixes: tuple[str, ...]) -> list[str]:
    """The ids of such kinds that a text is about.

    A list is about all its rows and a card about its title; a sentence is about what it names
    first (“Added NOTE-3 to TKT-12”).
    """
    rows = [find_ids(row["row"])[:1] for row in _ROW.finditer(text)]
    titles = _fitting([key for row in rows for key in row], prefixes)
    if titles:
        return titles
    named = _fitting(find_ids(text), prefixes)
    return named if any(rows) else named[:1]


def _fitting(keys: list[str], prefixes: tuple[str, ...]) -> list[str]:
    return [key for key in dict.fromkeys(keys) if key.split("-")[0] in prefixes]
