"""The part of an unfinished answer that can be shown while the model still writes."""

import re

from services.agent.grounding import TICK
from services.agent.provider.reasoning import without_reasoning
from services.agent.provider.text_calls import before_calls

_NO_WORDS = ("{", "[", "<", "`", "NO_")
"""The beginnings of texts that may turn out to be tool calls, reasoning or NO_REPLY."""
_OPEN = re.compile(r"(?:\[[^\[\]]{0,600}(?:\](?:\([^()]{0,2000})?)?|<[^<>]{0,2300})\Z")
_TICK = re.compile(TICK, re.IGNORECASE)


def settled(text: str) -> str:
    """Return the beginning of a text that stays the same whatever the model writes next.

    It ends after a whole word, so that no part of an id or address is shown, and before an
    unclosed link and a line that may turn out to look like a receipt.
    """
    said = before_calls(without_reasoning(text) or "")
    if said.upper().startswith(_NO_WORDS):
        return ""
    said = said[: max(said.rfind(" "), said.rfind("\n")) + 1]
    if found := _OPEN.search(said, max(0, len(said) - 3_000)):
        said = said[: found.start()]
    last_line = said.rfind("\n", 0, max(0, said.rfind("\n"))) + 1
    if found := _TICK.search(said, last_line):
        said = said[: said.rfind("\n", 0, found.start()) + 1]
    return said
