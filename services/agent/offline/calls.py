"""A tool call, as plans make it and as transcripts store it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

Message = dict[str, Any]
MARK = "offline_"
"""The prefix of the ids of tool calls that the built-in rules make."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call. Calls of a tool with the same arguments are equal: they have no ids here."""

    name: str
    arguments: Mapping[str, Any]

    @classmethod
    def read(cls, message: Message) -> "Call":
        function = message["function"]
        try:
            arguments = json.loads(function["arguments"])
        except ValueError:
            arguments = {}
        return cls(function["name"], arguments if isinstance(arguments, dict) else {})

    def as_message(self) -> Message:
        function = {
            "name": self.name,
            "arguments": json.dumps(self.arguments, ensure_ascii=False),
        }
        return {"id": f"{MARK}{uuid4().hex[:16]}", "type": "function", "function": function}


def call(tool: str, /, **arguments: object) -> Call:
    """Return a call without empty or False arguments, for which the tool's defaults apply."""
    given = {name: each for name, each in arguments.items() if each not in (None, False, "", [])}
    return Call(tool, given)
