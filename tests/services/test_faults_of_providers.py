"""Faults of providers are told apart by the errors that real providers return."""

from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from services.agent.provider import ModelFault, ProviderModel, faults
from services.agent.provider.faults import Kind
from tests.services.provider import KEY, fails, page, provider

TOOL = {"type": "function", "function": {"name": "undo", "parameters": {"type": "object"}}}

WORDED: list[tuple[Kind, int, Any]] = [
    (faults.ADDRESS, 404, "404 page not found"),
    (faults.ADDRESS, 404, ""),
    (faults.ADDRESS, 404, {"detail": "Not Found"}),
    (faults.ADDRESS, 405, {"detail": "Method Not Allowed"}),
    (faults.ADDRESS, 404, {"error": {"message": "Invalid URL (POST /chat/completions)"}}),
    (faults.ADDRESS, 404, {"error": {"code": "404", "message": "Resource not found"}}),
    (faults.ADDRESS, 404, {"error": {"code": 404, "message": "File Not Found"}}),
    (faults.ADDRESS, 200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
    (faults.MODEL, 404, {"error": {"message": "The model `gpt-9` does not exist or you do not"}}),
    (faults.MODEL, 404, {"object": "error", "message": "The model `x` does not exist."}),
    (faults.MODEL, 404, {"error": {"message": "models/g-9 is not found for API version v1beta"}}),
    (faults.MODEL, 404, {"error": {"message": 'model "x" not found, try pulling it first'}}),
    (faults.MODEL, 404, {"error": {"code": "DeploymentNotFound", "message": "The API deployment"}}),
    (faults.MODEL, 400, {"error": {"message": "Model Not Exist"}}),
    (faults.MODEL, 400, {"message": "Invalid model: mistral-huge", "type": "invalid_model"}),
    (faults.MODEL, 400, {"error": {"message": "x/y is not a valid model ID", "code": 400}}),
    (faults.TOOLS, 404, {"error": {"message": "No endpoints found that support tool use."}}),
    (faults.TOOLS, 400, {"error": {"message": "library/gemma:2b does not support tools"}}),
    (faults.TOOLS, 400, {"message": '"auto" tool choice requires --enable-auto-tool-choice'}),
    (faults.TOOLS, 400, {"error": {"message": "Function calling is not enabled for this model"}}),
    (faults.TOOLS, 400, {"error": {"message": "`tools` is not supported with this model"}}),
    (faults.KEY, 401, {"error": {"message": "Incorrect API key provided"}}),
    (faults.KEY, 400, {"error": {"message": "API key not valid. Please pass a valid API key."}}),
    (faults.KEY, 403, {"error": {"message": "Missing API key"}}),
    (faults.CREDIT, 402, {"error": {"message": "Insufficient Balance"}}),
    (faults.CREDIT, 429, {"error": {"code": "insufficient_quota", "message": "You exceeded"}}),
    (faults.CREDIT, 400, {"error": {"message": "Your credit balance is too low to access"}}),
    (faults.RATE, 429, {"error": {"message": "Rate limit reached for gpt-5 on tokens per min"}}),
    (faults.RATE, 200, {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}),
    (faults.CONTEXT, 400, {"error": {"code": "context_length_exceeded"}}),
    (faults.FILTER, 400, {"error": {"code": "content_filter", "message": "The response was"}}),
    (faults.FILTER, 403, {"error": {"message": "Input was flagged", "metadata": {}}}),
    (faults.PRIVACY, 404, {"error": {"message": "No endpoints found matching your data policy"}}),
    (
        faults.PRIVACY,
        404,
        {"error": {"message": "x", "availability": {"code": "privacy_restricted"}}},
    ),
    (faults.FORBIDDEN, 403, {"error": {"message": "country not served"}}),
    (faults.REQUEST, 400, {"error": {"message": "what is this?"}}),
    (faults.DOWN, 500, {"error": {"message": "model runner has unexpectedly stopped"}}),
    (faults.DOWN, 503, {"error": {"message": "Service Unavailable"}}),
]


def answering(status: int, body: Any) -> Any:
    if isinstance(body, str):
        headers = {"retry-after-ms": "1"}
        return lambda: web.Response(text=body, status=status, headers=headers)
    return fails(status, body)


@pytest.mark.parametrize(("kind", "status", "body"), WORDED, ids=lambda each: str(each)[:40])
async def test_kind_of_fault_is_recognised_from_each_providers_error_message(
    kind: Kind, status: int, body: Any
) -> None:
    async with provider(answering(status, body)) as served:
        model = ProviderModel(served.url, KEY, "scripted")
        with pytest.raises(ModelFault) as caught, capture_logs() as logs:
            await model.complete([{"role": "user", "content": "hello"}], [TOOL])
        await model.close()
    assert str(caught.value) == kind.sentence
    told = [entry for entry in logs if entry["event"] == "model_fault"]
    assert {entry["kind"] for entry in told} == {kind.name}


async def test_log_line_has_the_providers_error_message_without_the_key() -> None:
    for script in (fails(403), page()):
        async with provider(script) as served:
            model = ProviderModel(served.url, KEY, "scripted")
            with pytest.raises(ModelFault), capture_logs() as logs:
                await model.complete([{"role": "user", "content": "hello"}], [])
            await model.close()
        assert KEY not in str(logs)
        assert any(entry["event"] == "model_fault" for entry in logs)
