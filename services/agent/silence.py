"""Silence: a model answers NO_REPLY to a message for somebody else, and nothing is posted."""

import re
from collections.abc import Sequence

from services.agent.transcript import OTHERS, SILENCE, UNASKED, Message, start_of_turn
from services.tools import TOOLS

ALLOWED = (
    f" Nobody has addressed you in this message. If it is meant for somebody else, answer with"
    f" {SILENCE} alone, and nothing is posted."
)
NOTHING_TO_ADD = "I have nothing to add. Ask me if there is more that I can do."

_SILENT = re.compile(rf"\A\W*+{SILENCE}\b", re.IGNORECASE)


def may_be_silent(messages: Sequence[Message]) -> bool:
    """Return whether no message of the turn addressed the desk, and no call changed anything."""
    turn = messages[start_of_turn(messages) :]
    asked = [each for each in turn if each["role"] == "user" and not each.get(OTHERS)]
    calls = [call["function"]["name"] for each in turn for call in each.get("tool_calls") or []]
    changed = any(TOOLS[name].writes for name in calls if name in TOOLS)
    return bool(asked) and all(each.get(UNASKED) for each in asked) and not changed


def heard(answer: Message, messages: Sequence[Message]) -> Message:
    """Return the answer, with an empty text in place of NO_REPLY.

    Where the person expects an answer, a sentence takes its place. What a model writes after
    NO_REPLY is dropped; NO_REPLY elsewhere in a text is cut out.
    """
    words = answer.get("content")
    if answer.get("tool_calls") or not isinstance(words, str) or SILENCE not in words.upper():
        return answer
    if _SILENT.match(words):
        return {**answer, "content": "" if may_be_silent(messages) else NOTHING_TO_ADD}
    spoken = re.sub(rf"\b{SILENCE}\b", "", words, flags=re.IGNORECASE).strip()
    return {**answer, "content": spoken or NOTHING_TO_ADD}
