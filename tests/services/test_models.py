"""When the chosen model fails: the next of the list, then the rules, then a sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.cli.ask import ask
from services.settings import Settings
from tests.fixtures import PRIYA, open_desk
from tests.services.provider import Provider, calls, fails, llm, provider, says
from tests.stories.telling import desk_with

PRIYA_EMAIL = "priya.raman@alderway.example"
MINE = "what machines do I have?"
TICKET = ("create_ticket", {"name": "VPN drops"})


async def asked(
    database_url: str, words: str, *script: Callable[[], Any], models: tuple[str, ...] = ("only",)
) -> tuple[str, Provider]:
    async with provider(*script) as served:
        settings = Settings.load(_env_file=None, **{**llm(served.url), "llm_models": models})
        return await ask(settings, database_url, words, PRIYA_EMAIL), served


async def test_next_model_of_the_list_answers_if_the_first_fails(fresh_database: str) -> None:
    answer, served = await asked(
        fresh_database, MINE, fails(402), says("From the second."), models=("first", "second")
    )
    assert answer == "From the second."
    assert [each["model"] for each in served.requests] == ["first", "second"]


async def test_rules_answer_with_a_note_if_no_model_does(fresh_database: str) -> None:
    answer, _ = await asked(fresh_database, MINE, fails(402))
    sentence, _, rest = answer.partition("\n\n")
    assert sentence.endswith("Please tell an admin. Until then, by built-in rules:")
    assert "MAC-5" in rest


async def test_change_is_made_once_if_the_model_fails_and_the_rules_take_over(
    fresh_database: str,
) -> None:
    answer, _ = await asked(fresh_database, "open a ticket: VPN drops", fails(402))
    assert answer.endswith("✓ Created TKT-61")


async def test_rules_do_not_continue_a_turn_that_a_model_began(fresh_database: str) -> None:
    words = "open a ticket: VPN drops"
    answer, _ = await asked(fresh_database, words, calls(TICKET), fails(402))
    assert answer == (
        "The language model's account has run out of credit. Please tell an admin."
        "\n✓ Created TKT-61"
    )


async def test_model_continues_a_turn_that_the_rules_began(fresh_database: str) -> None:
    answer, served = await asked(fresh_database, MINE, fails(402), says("Back again."))
    assert answer == "Back again."
    assert "MAC-5" in served.results()[0]


async def test_model_of_the_thread_is_tried_first(fresh_database: str, tmp_path: Path) -> None:
    script = says("From the first."), fails(402), says("From the first again.")
    models = {"llm_models": ("first", "second")}
    async with (
        provider(*script) as served,
        open_desk(fresh_database, tmp_path, **{**llm(served.url), **models}) as desk,
    ):
        answer = await desk.ask(PRIYA, "hello")
        await desk.runtime.database.execute(text("UPDATE threads SET model = 'second'"))
        place = answer.channel, answer.thread_ts
        await desk.ask(PRIYA, "hello again", *place)
    assert [each["model"] for each in served.requests] == ["first", "second", "first"]


async def test_thread_whose_chosen_model_is_gone_is_answered_by_the_default(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, says("Here.")) as (desk, served):
        answer = await desk.ask(PRIYA, "hello")
        await desk.runtime.database.execute(text("UPDATE threads SET model = 'gone'"))
        await desk.ask(PRIYA, "hello again", answer.channel, answer.thread_ts)
    assert [each["model"] for each in served.requests] == ["scripted"] * 2


async def test_rules_can_be_chosen_for_a_thread(fresh_database: str, tmp_path: Path) -> None:
    async with desk_with(fresh_database, tmp_path, says("Here.")) as (desk, served):
        answer = await desk.ask(PRIYA, "hello")
        await desk.runtime.database.execute(text("UPDATE threads SET model = 'offline'"))
        again = await desk.ask(PRIYA, MINE, answer.channel, answer.thread_ts)
    assert "MAC-5" in str(again.blocks)
    assert "built-in rules" in str(again.blocks)
    assert len(served.requests) == 1
