"""The test of a model: what an admin reads, whatever the server sends."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from services.agent.provider import client
from services.agent.trial import try_model
from services.entities.language_model import OTHER, LanguageModel
from services.errors import DeskError
from tests.services.provider import KEY, Answer, calls, fails, provider, says

PAIR = calls(("time_in", {"city": "Berlin"}), ("time_in", {"city": "Tokyo"}))


async def tried(*script: Answer, models: Any = None) -> str:
    async with provider(*script) as served:
        served.models = models
        listed = LanguageModel(
            name="scripted",
            base_url=served.url,
            key_name="LLM_API_KEY",
            context=128_000,
            routing=OTHER,
            keeps_nothing=False,
        )
        return await try_model(listed, zero_retention=False)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_API_KEY", f" {KEY}\r\n")


@pytest.mark.parametrize(
    "answer",
    [fails(400), fails(401), fails(402), fails(403), fails(404), fails(413), fails(429)]
    + [fails(500), fails(307), says(""), fails(400, {"error": "does not support tools"})]
    + [fails(400, {"error": text}) for text in ("content_filter", "data policy")],
)
async def test_admin_who_tests_a_model_is_not_sent_to_an_admin_or_a_new_thread(
    answer: Answer,
) -> None:
    with pytest.raises(DeskError) as caught:
        await tried(answer)
    said = str(caught.value)
    assert said.startswith("scripted did not pass the test. ")
    for words in ("Please", "an admin", "thread", "model-test", KEY):
        assert words not in said


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ({"context_length": 0}, "was not tested"),
        ({"context_length": -1, "max_model_len": True}, "was not tested"),
        ({"context_length": 0, "max_model_len": 200_000}, "It takes 200,000 tokens"),
        ({"context_length": 131_072.0}, "It takes 131,072 tokens"),
    ],
)
async def test_context_size_of_a_list_of_models_is_read_if_it_can_be_one(
    listed: dict[str, Any], told: str
) -> None:
    models = [None, {"id": ["scripted"]}, {"id": "scripted", **listed}]
    assert told in await tried(PAIR, says("Noon."), models=models)


async def test_list_of_models_may_be_a_bare_json_list() -> None:
    def bare() -> web.Response:
        return web.json_response([{"id": "scripted", "context_length": 200_000}])

    assert "It takes 200,000 tokens" in await tried(PAIR, says("Noon."), models=bare)


async def test_server_that_never_sends_its_list_of_models_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never() -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(client, "TIMEOUT_OF_LIST", 0.1)
    async with asyncio.timeout(client.TIMEOUT / 3):
        assert "was not tested" in await tried(PAIR, says("Noon."), models=never)


@pytest.mark.parametrize("key", ["sk-\N{HORIZONTAL ELLIPSIS}abc", "sk-a\nX-Other: b", "sk-\u00e9"])
async def test_key_that_no_header_can_hold_is_a_wrong_key(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("LLM_API_KEY", key)
    with pytest.raises(DeskError, match="refused the key"):
        await tried(PAIR)
