"""The sentence that a person reads for each kind of fault of a model."""

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web

from services.agent.loop import IN_CIRCLES, MAX_STEPS, TOO_LONG
from tests.fixtures import PRIYA
from tests.services.provider import KEY, calls, cut, fails, says
from tests.stories.telling import desk_with, words

DOWN = "The language model cannot be reached right now. Please try again in a few minutes."
BUSY = "The language model is busy right now. Please try again in a minute."
NO_CREDIT = "The language model's account has run out of credit. Please tell an admin."


async def never() -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


def inside_a_200(code: Any) -> Any:
    return lambda: web.json_response({"error": {"code": code, "message": "no luck"}})


FAULTS: dict[str, tuple[list[Any], str]] = {
    "no answer in time": ([never], DOWN),
    "401": (
        [fails(401)],
        "The language model's provider refused the desk's key. Please ask an admin to check it.",
    ),
    "402": ([fails(402)], NO_CREDIT),
    "429": ([fails(429)], BUSY),
    "5xx": ([fails(503)], DOWN),
    "cut stream": ([cut], DOWN),
    "error inside a 200": ([inside_a_200(402)], NO_CREDIT),
    "busy inside a 200": ([inside_a_200(429)], BUSY),
    "empty answer": ([says("")], "The language model gave an empty answer. Please ask again."),
    "malformed arguments": (
        [calls(("create_ticket", '{"name": ')), says("I could not open it.")],
        "I could not open it.",
    ),
    "unknown tool": ([calls(("drop_tables", {})), says("I can't do that.")], "I can't do that."),
    "the same failing call": (
        [calls(("get", {"records": "TKT-999"}))],
        IN_CIRCLES,
    ),
    "endless calls": (
        [calls(("find_tickets", {"words": f"word {n}"})) for n in range(MAX_STEPS + 1)],
        TOO_LONG,
    ),
}


async def test_each_model_fault_is_explained_in_its_own_sentence(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, says("")) as (desk, served):
        await desk.ask(PRIYA, "hello")  # opens the client
        catalogue: Any = desk.runtime.agent.models
        [model] = catalogue.opened.values()
        model._client.max_retries = 0  # tries that take their time are in test_provider.py
        for fault, (script, sentence) in FAULTS.items():
            model._timeout = 0.2 if script == [never] else 60
            served.script = [*script]
            answer = await desk.ask(PRIYA, "who is Marcus?")
            assert words(answer).startswith(sentence), fault
            assert KEY not in str(answer.blocks)
            told = sentence not in ("I could not open it.", "I can't do that.")
            assert ("Try again" in str(answer.blocks)) == told, fault
