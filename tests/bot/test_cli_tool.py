"""`python -m bot tool`: any tool from the command line, with one person's rights."""

import json

import pytest

from bot.cli.tool import call_tool
from services.errors import DeskError

PRIYA, DANIEL = "priya.raman@alderway.example", "daniel.okafor@alderway.example"


async def call(url: str, email: str, name: str | None, arguments: str = "{}") -> str:
    return await call_tool(url, email, name, arguments, as_json=False)


async def test_tool_command_prints_the_result_as_text(fresh_database: str) -> None:
    assert "MAC-5" in await call(fresh_database, PRIYA, "find_machines")


async def test_tool_command_prints_the_result_as_json(fresh_database: str) -> None:
    said = await call_tool(fresh_database, PRIYA, "find_machines", "{}", as_json=True)
    shown = json.loads(said)
    assert shown["total"] == len(shown["records"])
    assert "MAC-5" in [record["id"] for record in shown["records"]]


async def test_tool_command_makes_changes_with_the_rights_of_the_person(
    fresh_database: str,
) -> None:
    assert "TKT-61" in await call(fresh_database, PRIYA, "create_ticket", '{"name": "VPN drops"}')
    with pytest.raises(DeskError, match="This is for admins"):
        await call(fresh_database, PRIYA, "show_limits")


async def test_tool_command_without_a_name_lists_the_tools_that_the_person_may_use(
    fresh_database: str,
) -> None:
    listed = await call(fresh_database, PRIYA, None)
    assert "create_ticket(name, description?" in listed
    assert "show_limits" not in listed


@pytest.mark.parametrize(
    ("email", "name", "arguments"),
    [
        ("nobody@example.com", "find_machines", "{}"),
        (PRIYA, "no_such_tool", "{}"),
        (PRIYA, "find_machines", "not json"),
        (PRIYA, "find_machines", "[]"),
        (PRIYA, "create_ticket", '{"name": " "}'),
    ],
)
async def test_wrong_tool_command_is_refused_with_one_sentence(
    fresh_database: str, email: str, name: str, arguments: str
) -> None:
    with pytest.raises(DeskError) as caught:
        await call(fresh_database, email, name, arguments)
    assert str(caught.value).endswith((".", "make demo"))
