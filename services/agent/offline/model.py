"""The built-in rules as a model: from a transcript to tool calls or a text."""

from collections.abc import Callable, Sequence
from typing import Any

from services import metrics
from services.agent.offline.calls import MARK, Call, Message
from services.agent.offline.memory import Memory
from services.agent.offline.offers import not_allowed
from services.agent.offline.plan import Done, Plan, replay
from services.agent.offline.results import next_page
from services.agent.offline.small_talk import GREETING
from services.agent.offline.understand import understand
from services.agent.offline.words import speaker, without_speaker
from services.agent.transcript import OTHERS, SILENCE, UNASKED, is_final, start_of_turn
from services.context import Role
from services.entities.base import find_ids
from services.tools import TOOLS


class OfflineModel:
    """The built-in rules, with the interface of a language model."""

    name = "offline"

    async def complete(
        self,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]],
        hear: Callable[[str], None] | None = None,
    ) -> dict[str, Any]:
        with metrics.timed("model_called", metrics.MODEL_SECONDS, model=self.name):
            return self._next(messages, tools)

    @staticmethod
    def _next(messages: Sequence[Message], tools: Sequence[dict[str, Any]]) -> Message:
        before, turn = _split(messages)
        offered = {tool["function"]["name"] for tool in tools}
        staff = any(TOOLS[name].needs > Role.requester for name in offered & TOOLS.keys())
        move = replay(_conversation(before, turn, staff=staff), _finished_calls(turn))
        if isinstance(move, str):
            return _said(move)
        missing = [each.name for each in move if each.name not in offered]
        if missing:
            return _said(not_allowed(missing[0], _asked(turn)))
        calls = [each.as_message() for each in move]
        return {"role": "assistant", "content": None, "tool_calls": calls}

    def accepts(self, messages: Sequence[Message]) -> bool:
        """Return whether the rules made all calls of the turn: they continue no model's turn."""
        _, turn = _split(messages)
        return all(
            call["id"].startswith(MARK) for each in turn for call in each.get("tool_calls") or []
        )


def _said(text: str) -> Message:
    return {"role": "assistant", "content": text}


def _conversation(before: Sequence[Message], turn: Sequence[Message], *, staff: bool) -> Plan:
    """Answer every message of the turn in order; “it” may refer to anything before it."""
    own = [message for message in turn if _is_own(message)]
    carried = [message for message in turn if message.get(OTHERS)]
    memory = Memory(
        texts=[text for message in (*before, *carried) if (text := _text_of_memory(message))],
        asker=_asker(before, turn),
        staff=staff,
        unasked=bool(own) and all(each.get(UNASKED) for each in own),
        next_call=_next_call(before),
        last_list=_last_list(before),
    )
    answers = []
    for words in _asked(turn):
        answer = yield from understand(words, memory)
        memory.texts += [words, answer]
        answers.append(answer)
    spoken = [answer for answer in answers if answer != SILENCE]
    return "\n\n".join(spoken or answers[:1]).strip() or GREETING


def _split(messages: Sequence[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
    """Return the messages up to the last final answer, and those of the turn since then."""
    start = start_of_turn(messages)
    return messages[:start], messages[start:]


def _asked(turn: Sequence[Message]) -> list[str]:
    """Return the messages of the turn's last speaker, without the name at their beginning."""
    said = [content(message) for message in turn if _is_own(message)]
    return [without_speaker(each) for each in said if speaker(each) == speaker(said[-1])]


def _is_own(message: Message) -> bool:
    return message.get("role") == "user" and not message.get(OTHERS)


def _finished_calls(turn: Sequence[Message]) -> list[Done]:
    """Return the turn's calls that have results, each with its result, in order."""
    results = {
        message.get("tool_call_id"): content(message)
        for message in turn
        if message.get("role") == "tool"
    }
    calls = [each for message in turn for each in message.get("tool_calls") or []]
    return [(Call.read(each), results[each["id"]]) for each in calls if each["id"] in results]


def content(message: Message) -> str:
    """Return a message's text, even if a provider sends it in parts."""
    said = message.get("content") or ""
    if isinstance(said, str):
        return said
    return " ".join(str(part.get("text", "")) for part in said)


def _text_of_memory(message: Message) -> str:
    if message.get("role") == "user":
        return without_speaker(content(message))
    return content(message) if is_final(message) else ""


def _asker(before: Sequence[Message], turn: Sequence[Message]) -> str | None:
    """Return the id of the asker, from the prefix of their message or from the instructions."""
    users = [content(message) for message in turn if _is_own(message)]
    instructions = [content(each) for each in (*before, *turn) if each.get("role") == "system"]
    places = [speaker(users[-1]) if users else "", *instructions]
    people = (key for place in places for key in find_ids(place) if key.startswith("USR-"))
    return next(people, None)


def _next_call(before: Sequence[Message]) -> Call | None:
    """Return the call for the next page of the last list; None if it has no further page."""
    done = _finished_calls(before)
    if not done:
        return None
    last, result = done[-1]
    after = next_page(result)
    return Call(last.name, {**last.arguments, "after": after}) if after else None


def _last_list(before: Sequence[Message]) -> Call | None:
    """Return the call that made the last list, if nothing else was asked since."""
    done = _finished_calls(before)
    lists = [each for each, _ in done[-2:] if each.name.startswith("find_")]
    return lists[-1] if lists and lists[-1] is done[-1][0] else None
