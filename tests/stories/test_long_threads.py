"""A thread that outgrows the model's context size is shortened, or answered with an apology."""

from pathlib import Path
from typing import Any

from bot.slack.render.cards import expanded
from services.agent.context_window import HEADING
from tests.fixtures import PRIYA, open_desk
from tests.services.provider import calls, fails, llm, provider, says
from tests.stories.telling import desk_with, words

TICKET = calls(("create_ticket", {"name": "VPN drops"}))
TOO_LONG = fails(400, {"error": {"code": "context_length_exceeded", "message": "Too much."}})


async def test_model_is_sent_calls_and_record_names_of_a_shortened_thread(
    fresh_database: str, tmp_path: Path
) -> None:
    chatter = says("It may be the cable. " * 150)
    script = (TICKET, says("I opened TKT-61."), chatter, chatter, says("Closed TKT-61."))
    async with (
        provider(*script) as served,
        open_desk(fresh_database, tmp_path, **llm(served.url), llm_context=8_000) as desk,
    ):
        first = await desk.ask(PRIYA, "my VPN drops")
        for more in ("every hour", "and the screen flickers"):
            await desk.ask(PRIYA, more, first.channel, first.thread_ts)
        answer = await desk.ask(PRIYA, "close it", first.channel, first.thread_ts)
    [digest, *kept] = served.requests[-1]["messages"][1:]
    assert digest["content"].startswith(f'{HEADING}\nRecords: TKT-61 "VPN drops"')
    assert "create_ticket" in digest["content"]
    assert kept[-1]["content"] == "close it"
    assert expanded(answer.blocks) == ["TKT-61"]


async def test_request_over_the_context_size_is_shortened_and_repeated(
    fresh_database: str, tmp_path: Path
) -> None:
    long = says("It may be the cable. " * 370)
    script = (long, long, TOO_LONG, says("Try another."))
    async with desk_with(fresh_database, tmp_path, *script) as (desk, served):
        first = await desk.ask(PRIYA, "my screen flickers")
        await desk.ask(PRIYA, "it does", first.channel, first.thread_ts)
        answer = await desk.ask(PRIYA, "and now?", first.channel, first.thread_ts)
    assert words(answer) == "Try another."
    whole, short = (len(str(each["messages"])) for each in served.requests[2:])
    assert short < 0.7 * whole


async def test_conversation_over_the_context_size_fails_with_a_retry_button(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, TICKET, TOO_LONG) as (desk, served):
        answer: Any = await desk.ask(PRIYA, "my VPN drops")
        assert words(answer) == (
            "This conversation has become too long for the language model. Please start a new"
            " thread."
        )
        assert "Created TKT-61" in str(answer.blocks)
        assert "Try again" in answer.buttons
        assert len(served.requests) == 3
