"""Faults of providers are told apart by the errors that real providers return."""

from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from services.agent.provider import ModelFault, ProviderModel, faults
from services.agent.provider.faults import Kind
from tests.services.provider import KEY, fails, page, provider

TOOL = {"type": "function", "function": {"name": "undo", "parameters": {"type": "object"}}}

PAY = "Need more? Go to https://console.groq.com/settings/billing"
RATE_CODE = "rate_limit_exceeded"

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
    (faults.ADDRESS, 307, ""),
    (faults.KEY, 400, [{"error": {"code": 400, "message": "API key not valid."}}]),
    (faults.KEY, 400, {"code": "bad argument", "error": "Incorrect API key provided: xa***."}),
    (faults.KEY, 200, {"message": "Unauthorized"}),
    (faults.MODEL, 404, {"detail": "Model 'x' not found"}),
    (faults.MODEL, 400, {"errors": [{"message": "No such model @cf/x or task", "code": 5007}]}),
    (faults.MODEL, 400, {"message": "The provided model identifier is invalid."}),
    (faults.PRIVACY, 404, {"error": {"message": "No allowed providers are available for the"}}),
    (faults.TOOLS, 500, {"error": {"message": "tools param requires --jinja flag"}}),
    (faults.CREDIT, 403, {"error": {"message": "Key limit exceeded (monthly limit)."}}),
    (faults.CREDIT, 403, {"error": "Your newly created team doesn't have any credits yet."}),
    (faults.RATE, 429, {"error": {"message": f"Rate limit reached. {PAY}"}}),
    (faults.RATE, 429, [{"error": {"status": "RESOURCE_EXHAUSTED", "message": f"quota. {PAY}"}}]),
    (faults.CONTEXT, 413, {"error": {"message": f"too large on TPM. {PAY}", "code": RATE_CODE}}),
    (faults.RATE, 498, {"error": {"message": "Flex tier capacity exceeded"}}),
    (faults.RATE, 503, {"error": {"message": "The model is overloaded."}}),
    (faults.RATE, 503, {"error": {"message": "Loading model"}}),
    (faults.RATE, 529, {"error": {"type": "overloaded_error"}}),
    (faults.RATE, 200, {"object": "error", "message": "model is overloaded", "code": 503}),
    (faults.RATE, 200, {"choices": [{"error": {"message": "overloaded"}}]}),
    (faults.FILTER, 400, {"error": {"message": "Content Exists Risk"}}),
    (faults.FILTER, 400, {"error": {"code": "data_inspection_failed", "message": "Input data"}}),
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
