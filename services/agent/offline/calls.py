"""A tool call, as plans write it and as the transcript keeps it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

Message = dict[str, Any]
MARK = "offline_"
"""What the ids of calls by the rules begin with."""


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call; equal calls compare equal, whatever their ids in the transcript."""

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
    """Return a call without arguments that are None or False: the tool's defaults count."""
    given = {name: each for name, each in arguments.items() if each not in (None, False, "", [])}
    return Call(tool, given)
