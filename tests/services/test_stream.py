"""Streamed answers of providers: passed on while they grow, and complete at the end."""

from typing import Any

import pytest
from aiohttp import web

from services.agent.provider import ModelFault, ProviderModel
from services.agent.transcript import USAGE
from tests.services.provider import KEY, Provider, fails, provider, says, streams
from tests.waiting import until

ASKED = [{"role": "user", "content": "hello"}]


async def streamed(
    served: Provider, heard: list[str] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return a model's answer, and the texts that were passed on meanwhile."""
    heard = [] if heard is None else heard
    model = ProviderModel(served.url, KEY, "scripted")
    try:
        return await model.complete(ASKED, [], heard.append), heard
    finally:
        await model.close()


def delta(**said: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": said, "finish_reason": None}]}


def call(index: int, arguments: str, **more: Any) -> dict[str, Any]:
    function = {"arguments": arguments} | ({"name": more.pop("name")} if "name" in more else {})
    return delta(tool_calls=[{"index": index, "function": function, **more}])


async def test_streamed_text_is_passed_on_before_the_response_is_complete() -> None:
    heard: list[str] = []

    async def until_heard(number: int) -> None:
        async def heard_enough() -> bool:
            return len(heard) >= min(number, 2)

        await until(heard_enough)

    usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    async with provider(streams("There ", "you ", "are.", usage, pause=until_heard)) as served:
        answer, _ = await streamed(served, heard)
    assert heard[:2] == ["There ", "There you "]
    assert answer["content"] == "There you are."
    assert answer[USAGE] == {"prompt_tokens": 7, "completion_tokens": 3}
    assert served.requests[0]["stream_options"] == {"include_usage": True}


async def test_streamed_parts_of_tool_calls_are_put_together_by_index() -> None:
    chunks = (
        delta(role="assistant", content=None),
        call(0, "", id="a", type="function", name="get"),
        call(0, '{"record": '),
        call(1, "{}", id="b", type="function", name="undo"),
        call(0, '"TKT-1"}', extra_content={"signature": "x"}),
    )
    async with provider(streams(*chunks)) as served:
        answer, _ = await streamed(served)
    assert [each["id"] for each in answer["tool_calls"]] == ["a", "b"]
    assert answer["tool_calls"][0]["function"]["arguments"] == '{"record": "TKT-1"}'
    assert "signature" in str(answer["native"])


async def test_provider_that_ignores_streaming_is_called_once() -> None:
    async with provider(says("Whole.")) as served:
        answer, heard = await streamed(served)
    assert (answer["content"], heard, len(served.requests)) == ("Whole.", [], 1)


async def test_provider_that_refuses_to_stream_is_called_again_without_streaming() -> None:
    refusal = {"error": {"message": "stream_options is not supported"}}
    async with provider(fails(400, refusal), says("Whole.")) as served:
        answer, _ = await streamed(served)
    assert answer["content"] == "Whole."
    assert ["stream" in each for each in served.requests] == [True, False]


async def broken(request: web.Request) -> web.StreamResponse:
    """Close the connection in the middle of a stream."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(b'data: {"choices": [{"delta": {"content": "Half"}}]}\n\n')
    assert request.transport
    request.transport.close()
    return response


broken.takes_request = True  # type: ignore[attr-defined]


async def test_request_whose_stream_broke_is_repeated_without_streaming() -> None:
    async with provider(broken, says("Whole.")) as served:
        answer, heard = await streamed(served)
    assert (answer["content"], heard) == ("Whole.", ["Half"])


async def test_error_within_a_stream_is_a_model_fault() -> None:
    error = {"error": {"code": 402, "message": "no credit"}}
    async with provider(streams("Half", error)) as served:
        with pytest.raises(ModelFault) as caught:
            await streamed(served)
    assert "run out of credit" in str(caught.value)


@pytest.mark.parametrize("chunk", [[], "", {"choices": [None]}, {"choices": [{"delta": "?"}]}])
async def test_malformed_chunks_of_a_stream_are_left_out(chunk: Any) -> None:
    async with provider(streams(chunk or {}, "There.")) as served:
        answer, _ = await streamed(served)
    assert answer["content"] == "There."
