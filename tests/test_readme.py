"""The examples of README.md do what it says."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.ask import ask
from bot.cli.tool import call_tool
from bot.slack.sentences import OFFLINE
from services.context import Context, Role
from services.entities.machine import Machine
from services.settings import Settings
from services.tools import TOOLS
from services.tools.surfaces import Slash
from services.tools.tool import tool

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (?:\S+/)?python -m bot (.+)$", README, re.MULTILINE)


def example(command: str) -> list[str]:
    """Return the words of the README's example of a command."""
    [found] = [words for each in COMMANDS if (words := shlex.split(each))[0] == command]
    return found


@pytest.fixture
def retire_machine() -> Iterator[str]:
    """Run the README's Python, and take its tool away again."""
    [code] = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    names = {"tool": tool, "Role": Role, "Slash": Slash, "Context": Context, "Machine": Machine}
    exec(code, names)  # noqa: S102 - our own README
    yield "retire_machine"
    del TOOLS["retire_machine"]


async def test_example_tool_of_the_readme_retires_a_machine(
    fresh_database: str, retire_machine: str
) -> None:
    _, name, arguments, _, email = example("tool")
    assert name == retire_machine
    told = await call_tool(fresh_database, email, name, arguments, as_json=False)
    assert told == "Changed MAC-3: status In Use → Retired"
    again = await call_tool(fresh_database, email, "history", '{"record": "MAC-3"}', as_json=False)
    assert "Changed MAC-3: status In Use → Retired" in again


async def test_example_question_of_the_readme_is_answered(fresh_database: str) -> None:
    _, question, _, email = example("ask")
    answer = await ask(Settings.load(_env_file=None), fresh_database, question, email)
    assert "MAC-5" in answer
    assert answer.endswith(OFFLINE)
