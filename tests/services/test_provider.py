"""How providers fail, over HTTP, and the sentence that a person reads instead."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from services.agent.provider import ModelFault, ProviderModel
from services.agent.transcript import NATIVE
from tests.services.provider import KEY, calls, completion, cut, fails, page, provider, says

ASKED = [{"role": "user", "content": "hello"}]


async def complete(url: str) -> dict[str, Any]:
    model = ProviderModel(url, KEY, "scripted")
    try:
        return await model.complete(ASKED, [])
    finally:
        await model.close()


async def fault(*script: Any) -> str:
    async with provider(*script) as served:
        with pytest.raises(ModelFault) as caught:
            await complete(served.url)
    return str(caught.value)


def error_in_200(code: Any) -> Any:
    body = {"error": {"code": code, "message": f"no luck with {KEY}"}}
    return lambda: web.json_response(body)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (fails(400), "/itsm model-test"),
        (fails(401), "refused the desk's key"),
        (fails(402), "run out of credit"),
        (fails(403), "refused this request"),
        (fails(404), "check its name"),
        (fails(413), "start a new thread"),
        (fails(429), "busy right now"),
        (fails(500), "cannot be reached"),
        (fails(503, "<html>"), "cannot be reached"),
        (error_in_200(402), "run out of credit"),
        (error_in_200(429), "busy right now"),
        (error_in_200("429"), "busy right now"),
        (error_in_200("server_error"), "cannot be reached"),
        (lambda: web.json_response({"error": "out of memory"}), "cannot be reached"),
        (page(), "/itsm models"),
        (lambda: web.Response(text="<html>", content_type="application/json"), "/itsm models"),
        (lambda: web.json_response([]), "/itsm models"),
        (lambda: web.json_response({"choices": []}), "empty answer"),
        (lambda: web.json_response({"choices": [None]}), "empty answer"),
        (lambda: web.json_response({"choices": [{"message": "?"}]}), "empty answer"),
        (says(None), "empty answer"),
        (says(""), "empty answer"),
        (says(" \n"), "empty answer"),
        (completion({"content": None, "tool_calls": []}), "empty answer"),
        (cut, "cannot be reached"),
    ],
)
async def test_each_fault_of_a_provider_is_one_sentence_without_key_or_response_body(
    script: Any, told: str
) -> None:
    sentence = await fault(script)
    assert told in sentence
    assert KEY not in sentence
    assert "<" not in sentence
    assert sentence.endswith(".")


async def test_busy_provider_is_asked_again_after_the_delay_that_it_names() -> None:
    async with provider(fails(429, after_ms=0, **{"Retry-After": "0.3"}), says("Hi")) as served:
        begun = asyncio.get_running_loop().time()
        assert (await complete(served.url))["content"] == "Hi"
        assert asyncio.get_running_loop().time() - begun >= 0.3
        assert len(served.requests) == 2


async def test_a_busy_provider_is_asked_three_times_at_most() -> None:
    async with provider(fails(429)) as served:
        with pytest.raises(ModelFault):
            await complete(served.url)
        assert len(served.requests) == 3


async def test_turn_does_not_wait_for_a_long_retry_delay_of_a_provider() -> None:
    async with provider(fails(429, after_ms=0, **{"Retry-After": "100"})) as served:
        assert "busy right now" in await impatient(served.url)


async def test_person_is_told_that_the_provider_did_not_answer() -> None:
    async def never() -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with provider(never) as served:
        assert "cannot be reached" in await impatient(served.url)


async def impatient(url: str) -> str:
    model = ProviderModel(url, KEY, "scripted", timeout=0.2)
    with pytest.raises(ModelFault) as caught:
        await model.complete(ASKED, [])
    await model.close()
    return str(caught.value)


TOO_LONG = [
    {"code": "context_length_exceeded", "message": "Please check your input."},
    {"message": "This model's maximum context length is 8192 tokens. However, you requested 9000"},
    {"type": "invalid_request_error", "message": "prompt is too long: 209353 tokens > 200000"},
    {"message": "The input token count (1048577) exceeds the maximum number of tokens allowed"},
    {
        "message": "Prompt contains 40000 tokens, too large for model with 32768 maximum context"
        " length"
    },
    {"code": 400, "type": "exceed_context_size_error", "n_ctx": 4096},
    {"message": "the request exceeds the available context size, try increasing it"},
    {"message": "This model's maximum prompt length is 131072 but the request contains 140000"},
    {"message": "Input is too long for requested model."},
    {"message": "too many tokens: size limit exceeded by 400 tokens"},
    {"message": "Your request exceeded model token limit: 131072 (requested: 140000)"},
    {"message": "`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens"},
    {"message": "`inputs` must have less than 4095 tokens. Given: 5000"},
    {"message": "Range of input length should be [1, 30720]"},
    {"message": "Prompt exceeds max length"},
    {"message": "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000"},
    {"message": "the maximum supported sequence length is just 16384"},
    {"message": "Prompt has 200000 tokens, but the maximum allowed is 128000"},
    {"message": "max_tokens must be at least 1, got -345."},
]
"""“The request is too long” as errors of OpenAI, vLLM, Anthropic, Google, Mistral, llama.cpp, xAI,
Bedrock, Cohere, Moonshot, Hugging Face, Alibaba, Zhipu, SambaNova and Databricks."""


@pytest.mark.parametrize("error", TOO_LONG, ids=lambda error: error.get("message", "")[:20])
async def test_request_refused_as_over_the_context_size_is_repeated_shorter(error: Any) -> None:
    for tells in (fails(400, {"error": error}), lambda: web.json_response({"error": error})):
        async with provider(tells, says("Hi")) as served:
            assert (await complete(served.url))["content"] == "Hi"
            assert len(served.requests) == 2
        async with provider(tells) as served:
            with pytest.raises(ModelFault, match="too long for the language model"):
                await complete(served.url)
            assert len(served.requests) == 2


async def test_rate_limit_error_about_tokens_does_not_shorten_the_request() -> None:
    busy = {"error": {"message": "Request too large for model on tokens per minute (TPM)"}}
    assert "busy right now" in await fault(fails(429, busy))


async def test_answer_of_a_model_that_was_cut_off_says_so() -> None:
    for script in (
        completion({"content": "Once upon a"}, finish="length"),
        says("Once upon a time. " * 5_000),
    ):
        async with provider(script) as served:
            said = (await complete(served.url))["content"]
        assert said.startswith("Once upon a")
        assert said.endswith("Ask for the rest, or for less at once.)")
        assert len(said) < 41_000


async def test_empty_answer_cut_by_the_token_limit_is_reported_as_a_fault() -> None:
    assert "split your question" in await fault(completion({"content": None}, finish="length"))


async def test_tool_call_truncated_by_the_provider_is_not_run() -> None:
    function = {"name": "undo", "arguments": ""}
    begun = {"content": None, "tool_calls": [{"id": "1", "function": function}]}
    async with provider(completion(begun, finish="length")) as served:
        [call] = (await complete(served.url))["tool_calls"]
    assert call["function"]["arguments"] == "{"


async def test_request_with_a_key_that_the_provider_refuses_is_not_repeated() -> None:
    async with provider(fails(401)) as served:
        with pytest.raises(ModelFault):
            await complete(served.url)
        assert len(served.requests) == 1


async def test_person_is_told_that_the_provider_cannot_be_reached() -> None:
    async with provider(says("")) as served:
        url = served.url
    with pytest.raises(ModelFault, match="cannot be reached"):
        await complete(url)


async def test_refusal_field_of_a_response_becomes_the_models_answer() -> None:
    async with provider(completion({"content": None, "refusal": "I won't."})) as served:
        assert (await complete(served.url))["content"] == "I won't."


async def test_answer_sent_as_several_content_parts_is_joined_to_one_text() -> None:
    parts = [{"type": "text", "text": "There "}, {"type": "text", "text": "you are."}]
    async with provider(completion({"content": parts})) as served:
        assert (await complete(served.url))["content"] == "There you are."


async def test_characters_that_postgres_rejects_are_removed_from_answers() -> None:
    async with provider(says("a\x00b\ud83dc")) as served:
        assert (await complete(served.url))["content"] == "a\N{REPLACEMENT CHARACTER}b?c"


async def test_tool_calls_without_ids_get_ids() -> None:
    async with provider(calls(("a", {}), ("a", {}), ids=False)) as served:
        ids = [call["id"] for call in (await complete(served.url))["tool_calls"]]
    assert len(set(ids)) == 2


async def test_tool_calls_that_share_an_id_get_different_ids() -> None:
    async with provider(calls(("a", {}), ("a", {}))) as served:
        ids = [call["id"] for call in (await complete(served.url))["tool_calls"]]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("given", "read"),
    [(None, "{}"), ("", "{}"), ("null", "{}"), ("{}", "{}"), ({"a": 1}, '{"a":1}')],
)
async def test_tool_arguments_of_any_type_become_text(given: Any, read: str) -> None:
    made = {"id": "1", "type": "function", "function": {"name": "a", "arguments": given}}
    async with provider(completion({"content": None, "tool_calls": [made]})) as served:
        [call] = (await complete(served.url))["tool_calls"]
    assert call["function"]["arguments"] == read


async def test_malformed_tool_call_is_treated_as_an_unknown_tool() -> None:
    async with provider(completion({"content": None, "tool_calls": [None, {}]})) as served:
        names = [each["function"]["name"] for each in (await complete(served.url))["tool_calls"]]
    assert names == ["unknown", "unknown"]


async def test_reasoning_fields_are_sent_back_unchanged_to_their_model() -> None:
    details = [{"type": "reasoning.encrypted", "data": "…"}]
    message = {"content": "Hi", "reasoning_details": details}
    async with provider(completion(message)) as served:
        said = await complete(served.url)
    assert said[NATIVE] == {"message": {"reasoning_details": details}}


async def test_request_to_a_provider_names_the_model_and_carries_the_key() -> None:
    async with provider(says("Hi")) as served:
        await complete(served.url)
    assert served.requests[0]["model"] == "scripted"
    assert served.requests[0]["messages"] == ASKED
    assert served.headers[0]["Authorization"] == f"Bearer {KEY}"
