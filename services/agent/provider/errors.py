"""Tell which kind of fault an HTTP response, a chunk of a stream or an exception reports."""

import re
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from time import time

import aiohttp
import httpx2
import orjson
import structlog
from openai import APIConnectionError, APIError, APIStatusError

from services.agent.provider import faults
from services.agent.provider.faults import ModelFault, kind_of
from services.agent.provider.values import as_dict, listed

log = structlog.get_logger()

FAILURES = (
    APIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    aiohttp.ClientError,
    OSError,
    ValueError,
    RecursionError,
)
"""What the SDK and its transport raise for addresses, connections and bodies that they can't use.

The SDK does not turn errors of the transport into its own while it reads a body.
"""

_STREAM = re.compile(r"\bstream|\bsse\b", re.IGNORECASE)
_NAMES = ("detail", "errors", "message", "Message", "error_code")
"""The fields of an error that is not under `error`, as FastAPI, Cloudflare, vLLM, Bedrock and
Databricks send it."""
_LONGEST_REPORT = 500
"""The maximum number of characters of a provider's error message in a log line."""
_WORD = re.compile(r"\w{4,}+")
_TECHNICAL = frozenset(
    """
    account assistant balance call calls code content context credit deployment does endpoint error
    exist field function invalid length limit message messages missing model models parameter policy
    property rate request role roles schema server supported system that this token tokens tool
    tools type user with your
    """.split()  # noqa: SIM905 - a list of words reads better as a text
)


def error_in(body: object) -> object:
    """Return the error in a decoded body or chunk, in any form that providers use; else None."""
    if isinstance(body, list):  # as Gemini sends it
        return next((error for each in body if (error := error_in(each))), None)
    given = as_dict(body)
    if error := given.get("error"):
        return error if isinstance(error, dict) else given
    if "choices" in given:
        return as_dict(next(iter(listed(given["choices"])), None)).get("error") or None
    is_error = given.get("object") == "error" or any(given.get(name) for name in _NAMES)
    return given if is_error else None


def fault_in(body: object) -> ModelFault | None:
    """Return the fault that a body or chunk with HTTP status 200 reports, or None."""
    error = error_in(body)
    if error is None:
        return None
    code = str(as_dict(error).get("code"))
    status = int(code) if code.isdecimal() and len(code) == 3 else 0
    return ModelFault(kind_of(status, error), status, error)


def fault_of(error: Exception) -> ModelFault:
    """Return the fault that one of `FAILURES` reports; a `ModelFault` is returned as a new one."""
    match error:
        case ModelFault():
            return ModelFault(error.kind, error.status, error.said)
        case APIConnectionError(__cause__=ModelFault() as refused):  # before anything was sent
            return fault_of(refused)
        case APIStatusError():
            return _fault_of_response(error.response)
        case httpx2.InvalidURL():
            return ModelFault(faults.ADDRESS, said=error)
        case ValueError() | RecursionError():  # the response claims to be JSON and is none
            return ModelFault(faults.ADDRESS, 200, error)
        case _:
            return ModelFault(faults.DOWN, said=error)


def _fault_of_response(response: httpx2.Response) -> ModelFault:
    body = response.text
    kind = kind_of(response.status_code, _error_in_text(body))
    if kind is faults.DOWN and "retry-after" in response.headers:
        kind = faults.RATE
    return ModelFault(kind, response.status_code, body)


def _error_in_text(body: str) -> object:
    """Return the error in a body of JSON or plain text; None for an empty body or an HTML page."""
    try:
        return error_in(orjson.loads(body))
    except ValueError:
        return None if body.lstrip().startswith("<") else body.strip() or None


def is_about_streaming(error: APIStatusError) -> bool:
    """Return whether the server refused to stream; a crash while streaming is no refusal."""
    words = error.response.text
    refused = error.status_code in (400, 404, 405, 422, 501)
    refused = refused or (error.status_code == 500 and "support" in words)
    return refused and bool(_STREAM.search(words))


def wait_asked_by(response: httpx2.Response) -> float:
    """Return the seconds after which the server wants to be asked again; 0 if it names none."""
    asked = response.headers.get("retry-after", "")
    try:
        return float(asked)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(asked).timestamp() - time()
    except ValueError:
        return 0.0


def report(fault: ModelFault, model: str, key: str, sent: Iterable[str]) -> None:
    """Log the provider's error message, without the key and without people's words.

    Some providers repeat a part of the request: words of `sent` are left out, but for those that
    error messages usually have.
    """
    said = " ".join(str(fault.said).replace(key, "…").split())[:_LONGEST_REPORT]
    private = {word for text in sent for word in _WORD.findall(text.lower())} - _TECHNICAL
    shown = _WORD.sub(lambda found: "…" if found[0].lower() in private else found[0], said)
    log.warning(
        "model_fault", model=model, kind=fault.kind.name, status=fault.status or None, said=shown
    )
