"""Every pattern and every parser reads foreign text in time proportional to its length."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import product
from time import process_time
from typing import Any

import pytest

import bot
import services
from bot.slack.reading.markup import is_for_others, plain, without_address
from services.agent.grounding import grounded_ids, grounded_text, sources, without_receipts
from services.agent.offline.intents import GUESSES, INTENTS
from services.agent.offline.memory import Memory
from services.agent.offline.results import rows, shown
from services.agent.offline.understand import understand
from services.agent.provider.reasoning import without_reasoning
from services.agent.provider.text_calls import calls_in
from services.entities.base import find_ids, find_titles

UNITS = (
    *("\n", " ", "[", "[a](", "[[a]", "](", "<#", "<!", "<@U1|", "<https://a|", "<a:", "<", ">"),
    *("a.", "a", "a-", "(", '"', "\\", '"\\', '\\"', '"a" ', "TKT-1 ", "TKT-1, ", 'TKT-1 "', "1"),
    *("✅\n", "✅ ", ":check:", ":check", "_", ", ", ". ", "...", "- ", "> ", "* ", "; ", "and "),
    *("please ", "thanks, ", "assign it to ", "with high priority ", "for MAC-1 ", "16 gb ", "“"),
    *("https://", "https://a ", "www.a", "a?b=", "&#", "&lt;", "<think>", "</think>", "model "),
    *("show ", "what tickets ", "a'", "with a ", "who fixes ", "since ", "in the last 2 weeks "),
    *(
        "mac-12 and ",
        "a-1, ",
        "what is ",
        "not found ",
        "token count ",
        "<tool_call>",
        "<function=a>",
        "<parameter=a>",
        "<|tool|>",
        '{"name": ',
        "\u200d",
        "\x00",
    ),
)
SHORT, LONG = 2_000, 16_000
GROWTH = 4
"""The factor by which the time may grow more than the text: for 8 times the text, 8 times the time
is linear and 64 times quadratic; 32 times leaves room for a busy machine."""
HOPELESS = 0.5
"""Seconds of CPU: if the short text takes longer, the long one is not tried."""
TOO_SHORT_TO_MEASURE = 0.01
"""Seconds of CPU: if the long text takes less, its growth is not judged."""


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Return every pattern that a module of the desk holds, and those of the built-in rules."""
    for package in (bot, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", "watchdog")):
                values = vars(importlib.import_module(module.name))
                for name, value in values.items():
                    yield from _within(value, f"{module.name}.{name}")
    for intent in (*INTENTS, *GUESSES):
        for place, pattern in enumerate(intent.patterns):
            yield f"{intent.example or intent.plan.__name__} {place}", pattern


def _within(value: Any, name: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _within(each, name)


UNIQUE = {pattern: name for name, pattern in patterns() if isinstance(pattern.pattern, str)}
RULES = {pattern for intent in (*INTENTS, *GUESSES) for pattern in intent.patterns}


def seconds(read: Callable[[str], object], text: str) -> float:
    """Return the CPU time of the fastest of three runs; one is enough where it is short."""
    best = float("inf")
    for _ in range(3):
        begun = process_time()
        read(text)
        best = min(best, process_time() - begun)
        if best < TOO_SHORT_TO_MEASURE:
            break
    return best


def slow_units(
    read: Callable[[str], object], longest: int = LONG, units: Sequence[str] = UNITS
) -> list[str]:
    """Return the units of text whose repetition takes more than proportional time."""
    found = []
    for unit, end in product(units, ("q", "")):
        short, long = ((unit * length)[:length] + end for length in (longest // 8, longest))
        before = seconds(read, short)
        took = seconds(read, long) if before < HOPELESS else float("inf")
        if took >= TOO_SHORT_TO_MEASURE and took > 8 * GROWTH * before:
            found.append(unit)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("pattern", UNIQUE, ids=UNIQUE.get)
def test_every_regular_expression_takes_time_in_proportion_to_the_text(
    pattern: re.Pattern[str],
) -> None:
    def read(text: str) -> None:
        if pattern not in RULES:
            for _ in pattern.finditer(text):
                pass
        pattern.fullmatch(text)

    assert slow_units(read, 4_000 if pattern in RULES else LONG) == []


def understood(words: str) -> None:
    next(understand(words, Memory(texts=[words])), None)


READERS: dict[str, Callable[[str], object]] = {
    "receipts": without_receipts,
    "links": lambda text: grounded_text(text, text, "https://desk.example"),
    "ids": lambda text: grounded_ids(text, text),
    "titles": find_titles,
    "slack addresses": is_for_others,
    "slack text": lambda text: plain(without_address(text, "U1"), {}),
    "reasoning": without_reasoning,
    "calls in text": lambda text: calls_in(text, {"undo"}, ()),
    "offline rules": understood,
    "results": lambda text: (rows(text), shown(text)),
}


@pytest.mark.parametrize("reader", READERS)
def test_every_parsing_function_takes_time_in_proportion_to_the_text(reader: str) -> None:
    read = READERS[reader]

    def read_or_end(text: str) -> None:
        with suppress(StopIteration):
            read(text)

    assert slow_units(read_or_end) == []


def test_time_check_notices_a_regular_expression_with_quadratic_time() -> None:
    pattern = re.compile(r"<#[^>]*>")
    assert slow_units(lambda text: list(pattern.finditer(text)), units=("<#",)) == ["<#"]


def conversation(ids: int) -> list[dict[str, Any]]:
    keys = " ".join(f"TKT-{number}" for number in range(1, ids + 1))
    call = {"function": {"name": "add_note", "arguments": f'{{"text": "{keys}"}}'}}
    return [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "content": keys},
    ]


def test_many_ids_are_checked_in_time_proportional_to_their_number() -> None:
    few, many = (conversation(ids) for ids in (2_000, 16_000))
    took = min(_timed(sources, many) for _ in range(3))
    assert took < 8 * GROWTH * max(min(_timed(sources, few) for _ in range(3)), 0.001)
    assert find_ids(sources(many)) == []


def _timed(read: Callable[..., object], given: object) -> float:
    begun = process_time()
    read(given)
    return process_time() - begun


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("✅\n" * 3 + "Created TKT-1\nDone", "Done"),
        ("Done\n\n✅\n\nCreated TKT-1", "Done\n"),
        ("1. ✅ **Changed** TKT-1: x\nDone", "Done"),
        ("_✅ Created TKT-1_", ""),
        ("I made it ✅ Created TKT-1", "I made it ✅ Created TKT-1"),
        ("✅ Yes, Created TKT-1", "✅ Yes, Created TKT-1"),
        ("✅ 2 Created", "✅ 2 Created"),
        ("Creating tickets works", "Creating tickets works"),
    ],
)
def test_long_lines_that_imitate_receipts_are_removed_without_delay(answer: str, left: str) -> None:
    assert without_receipts(answer) == left
