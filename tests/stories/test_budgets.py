"""What `privacy` shows, and turns after the month's budget is used up."""

from pathlib import Path

from tests.fixtures import DANIEL, MARCUS, PRIYA
from tests.services.provider import completion, says
from tests.stories.telling import command, desk_with, words

ANSWER = completion({"content": "There."}, {"prompt_tokens": 10, "cost": 1.5})


async def test_built_in_rules_answer_a_person_whose_monthly_budget_is_spent(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, ANSWER) as (desk, served):
        assert "at most" not in await command(desk, PRIYA, "budget")
        assert "in a month”: $3." in await command(desk, MARCUS, "budget 3")
        for _ in range(2):
            await desk.ask(PRIYA, "who is Marcus?")
        answer = await desk.ask(PRIYA, "who is Marcus?")
        assert words(answer).startswith("You have used up this month's budget")
        assert "$3.00 for you this month, of at most $3.00" in await command(desk, PRIYA, "budget")
        assert len(served.requests) == 2
        await desk.ask(DANIEL, "who is Marcus?")
        await command(desk, MARCUS, "budget 0")
        await desk.ask(PRIYA, "who is Marcus?")
        assert len(served.requests) == 4


async def test_privacy_command_names_the_days_of_retention_and_the_provider(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, says("")) as (desk, _):
        said = await command(desk, PRIYA, "privacy")
        assert "90 days" in said
        assert "go to 127.0.0.1, whose models answer" in said
        assert "Zero data retention is off" in said
        await command(desk, MARCUS, "zero-retention on")
        said = await command(desk, PRIYA, "privacy")
        assert "Nothing: built-in rules answer" in said
