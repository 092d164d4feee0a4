"""Odd values as arguments of tools, from every surface: the person gets a polite sentence."""

import re
from typing import Any

import pytest

from services.errors import DeskError
from services.tools import TOOLS, Tool
from services.tools.parameters import Parameter
from tests.fixtures import MARCUS
from tests.stories.telling import ActingAs

ODD: dict[str, Any] = {
    "missing": None,
    "blank": "   ",
    "word": "foo",
    "number": 7,
    "list": [],
    "too long": "x" * 40_000,
    "nul": "a\0b",
    "half a surrogate": "a\ud800b",
    "65 bits": str(2**65),
    "unknown id": "TKT-999999999",
    "huge id": "USR-" + "9" * 40,
}
SNAKE = re.compile(r"\b[a-z]+_[a-z_]+\b")
LIMITS = {"turns_per_person", "turns_per_workspace", "writes_per_person"}
LIMITS |= {"writes_per_workspace", "actions_per_person"}


def assert_polite(said: str) -> None:
    """Check that a text has no names of tools or parameters, messages of pydantic or tracebacks."""
    assert set(SNAKE.findall(said)) - LIMITS == set(), said
    for word in (
        "Wrong arguments",
        "Input should",
        "pydantic",
        "Traceback",
        "psycopg",
        "Error:",
        "None",
    ):
        assert word not in said, said
    assert len(said) < 500, said


def fitting(parameter: Parameter) -> str:
    """Return a value that the parameter accepts, as a person types it."""
    if parameter.entity:
        return f"{getattr(parameter.entity, 'prefix', 'TKT')}-5"
    return parameter.choices[0] if parameter.choices else "7" if parameter.base is int else "C1"


def odd_arguments(tool: Tool, parameter: str, odd: Any) -> dict[str, Any]:
    required = [each for each in tool.parameters.values() if each.required]
    given = {each.name: fitting(each) for each in required if each.name != parameter}
    return given if odd is None else {**given, parameter: odd}


CASES = [(tool, parameter) for tool in TOOLS.values() for parameter in tool.parameters]


@pytest.mark.parametrize(("tool", "parameter"), CASES, ids=lambda each: getattr(each, "name", each))
async def test_odd_argument_of_any_tool_is_accepted_or_refused_with_a_sentence(
    acting_as: ActingAs, tool: Tool, parameter: str
) -> None:
    for odd in ODD.values():
        try:
            async with acting_as(MARCUS) as ctx:
                await tool(ctx, **odd_arguments(tool, parameter, odd))
        except DeskError as error:
            assert_polite(str(error))


@pytest.mark.parametrize("tool", TOOLS.values(), ids=lambda each: each.name)
async def test_error_about_an_unknown_argument_does_not_show_people_its_name(
    acting_as: ActingAs, tool: Tool
) -> None:
    async with acting_as(MARCUS) as ctx:
        with pytest.raises(DeskError) as caught:
            await tool(ctx, no_such_parameter=1)
    assert_polite(str(caught.value))


def test_every_text_argument_of_a_tool_has_a_maximum_length() -> None:
    free = [
        f"{tool.name}.{each.name}"
        for tool in TOOLS.values()
        for each in tool.parameters.values()
        if each.takes_text and each.max_length is None
    ]
    assert free == []


def test_error_of_a_tool_call_tells_the_model_which_argument_to_correct() -> None:
    error = DeskError("Please fill it in.", field="name", advice="Call it again with a name.")
    assert "Call it again with a name." in error.for_model
    assert "Call it again" not in str(error)
