"""When the chosen model fails: the next of the list, then the rules, then a sentence."""

from collections.abc import Callable
from typing import Any

from bot.cli.ask import ask
from services.settings import Settings
from tests.services.provider import Provider, calls, fails, llm, provider, says

PRIYA_EMAIL = "priya.raman@alderway.example"
MINE = "what machines do I have?"
TICKET = ("create_ticket", {"name": "VPN drops"})


async def asked(
    database_url: str, words: str, *script: Callable[[], Any], models: tuple[str, ...] = ("only",)
) -> tuple[str, Provider]:
    async with provider(*script) as served:
        settings = Settings.load(_env_file=None, **{**llm(served.url), "llm_models": models})
        return await ask(settings, database_url, words, PRIYA_EMAIL), served


async def test_the_next_model_of_the_list_answers(fresh_database: str) -> None:
    answer, served = await asked(
        fresh_database, MINE, fails(402), says("From the second."), models=("first", "second")
    )
    assert answer == "From the second."
    assert [each["model"] for each in served.requests] == ["first", "second"]


async def test_with_no_model_left_the_rules_answer_and_say_so(fresh_database: str) -> None:
    answer, _ = await asked(fresh_database, MINE, fails(402))
    sentence, _, rest = answer.partition("\n\n")
    assert sentence.endswith("Please tell an admin. Until then, by built-in rules:")
    assert "MAC-5" in rest


async def test_the_rules_change_what_they_are_asked_to_once(fresh_database: str) -> None:
    answer, _ = await asked(fresh_database, "open a ticket: VPN drops", fails(402))
    assert answer.endswith("✓ Created TKT-61")


async def test_the_rules_do_not_repeat_what_a_model_has_begun(fresh_database: str) -> None:
    words = "open a ticket: VPN drops"
    answer, _ = await asked(fresh_database, words, calls(TICKET), fails(402))
    assert answer == (
        "The language model's account has run out of credit. Please tell an admin."
        "\n✓ Created TKT-61"
    )


async def test_a_model_that_comes_back_goes_on_where_the_rules_were(fresh_database: str) -> None:
    answer, served = await asked(fresh_database, MINE, fails(402), says("Back again."))
    assert answer == "Back again."
    assert "MAC-5" in served.results()[0]
