"""Summarise a tool call for people: one line from the tool's declaration and its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.entities.base import Entity
from services.tools.page import Page, Result
from services.tools.tool import Tool

MOST_CHANGES = 3
"""The maximum number of receipts in one summary."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The line that people read about a tool call; `failed` if the desk refused it or it failed."""

    said: str
    failed: bool = False


def done(tool: Tool, values: Mapping[str, Any], result: Result, words: str) -> Summary:
    """Summarise a successful call with its prepared arguments; `words` is its result as text."""
    if isinstance(result, Page):
        return Summary(f"Looked for {result.in_words}: {result.total or 'nothing'} found")
    if tool.writes:
        lines = words.splitlines()
        more = f" and {len(lines) - MOST_CHANGES} more" if len(lines) > MOST_CHANGES else ""
        return Summary("; ".join(lines[:MOST_CHANGES]) + more)
    given = [value for name in tool.entities for value in _records(values.get(name))]
    named = ", ".join(each.ref.as_name() for each in given)
    return Summary(f"{tool.done or tool.title}: {named}" if named else tool.done or tool.title)


def _records(value: object) -> list[Entity]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, Entity)]
