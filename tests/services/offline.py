"""The offline rules in conversation, for tests."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import anyio

from services.agent.offline import OfflineModel
from services.agent.tool_calls import OFFERED

Message = dict[str, Any]
Calls = list[tuple[str, dict[str, Any]]]

SCHEMAS = [tool.schema for tool in OFFERED.values()]


def user(words: str) -> Message:
    return {"role": "user", "content": words}


def assistant(words: str) -> Message:
    return {"role": "assistant", "content": words}


def complete(
    messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = tuple(SCHEMAS)
) -> Message:
    return anyio.run(OfflineModel().complete, list(messages), list(tools))


def calls(message: Message) -> Calls:
    functions = [each["function"] for each in message.get("tool_calls", [])]
    return [(each["name"], json.loads(each["arguments"])) for each in functions]


def first_call(words: str, *before: Message) -> tuple[str, dict[str, Any]]:
    made = calls(complete([*before, user(words)]))
    assert len(made) == 1, f"{words!r} made {made}"
    return made[0]


class Desk:
    """A thread in which each tool call returns the next result of the script."""

    def __init__(self, *results: str) -> None:
        self.messages: list[Message] = [{"role": "system", "content": "You talk with P (USR-5)."}]
        self.results = list(results)
        self.calls: Calls = []

    def ask(self, words: str) -> str:
        self.messages.append(user(words))
        while True:
            answer = complete(self.messages)
            self.messages.append(answer)
            self.calls += calls(answer)
            if not answer.get("tool_calls"):
                return str(answer["content"])
            self.messages += [
                {"role": "tool", "tool_call_id": call["id"], "content": self.results.pop(0)}
                for call in answer["tool_calls"]
            ]
