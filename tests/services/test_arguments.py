"""Arguments that models write in other forms than the schema asks for."""

import json
from typing import Any

import pytest

from services.agent.tool_calls import call_tool
from tests.fixtures import DANIEL
from tests.stories.telling import ActingAs

MACHINES = ("MAC-5", "MAC-6")
TAGS = ("site: berlin", "desk: 3")


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("get", {"records": "MAC-5,MAC-6"}, MACHINES),
        ("get", {"records": "MAC-5 mac-6"}, MACHINES),
        ("get", {"records": '["MAC-5", "MAC-6"]'}, MACHINES),
        ("get", '{"records": ["MAC-5", "MAC-6"]}', MACHINES),
        ("set_tags", {"record": "MAC-5", "tags": "site=berlin, desk=3"}, TAGS),
        ("set_tags", {"record": "MAC-5", "tags": '["site=berlin","desk=3"]'}, TAGS),
        (
            "set_tags",
            {"record": "MAC-5", "tags": "office=Paris, France"},
            ("office: Paris, France",),
        ),
        ("find_machines", {"status": "In Use, Available", "limit": 30}, ("In Use", "Available")),
    ],
    ids=str,
)
async def test_list_that_a_model_writes_as_text_is_read_as_a_list(
    acting_as: ActingAs, tool: str, arguments: Any, told: tuple[str, ...]
) -> None:
    async with acting_as(DANIEL) as ctx:
        function = {"name": tool, "arguments": json.dumps(arguments)}
        result, _ = await call_tool(ctx, function, None, [])
    assert all(each in result for each in told), result
