"""The only module that talks to a model's provider."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import httpx2
import orjson
from openai import APIStatusError, AsyncOpenAI, AsyncStream, DefaultAioHttpClient
from openai import Timeout as ClientTimeout

from services import metrics
from services.agent.context_window import window
from services.agent.fencing import fenced
from services.agent.provider import faults
from services.agent.provider.answer import read_answer
from services.agent.provider.errors import (
    FAILURES,
    fault_of,
    is_about_streaming,
    report,
    wait_asked_by,
)
from services.agent.provider.faults import ModelFault
from services.agent.provider.request import messages_for_provider
from services.agent.provider.schemas import plain_tools
from services.agent.provider.stream import Hear, StreamError, read_body, read_stream
from services.agent.provider.values import as_dict, is_number, listed
from services.agent.transcript import NATIVE, USAGE, WRITTEN_BY, Message

TIMEOUT = 90.0
"""The maximum seconds for a request including its retries, or between two chunks of a stream. The
SDK would allow ten minutes for each retry."""

LONGEST = 300.0
"""The maximum seconds for a stream."""

LONGEST_WAIT = 20.0
"""The maximum seconds that a provider may ask for before a request is repeated. If it asks for more
it is busy, and the next model of the list is asked at once."""

TIMEOUT_OF_LIST = 10.0
"""The maximum seconds for the server's list of models."""

CONTEXT = 128_000
"""The context size of a model in tokens, where no setting gives another."""

SHRINK = 8
"""The divisor of the context size after a provider refused a conversation as too long.

Its context may be smaller than the settings say.
"""

CONTEXT_FIELDS = ("context_length", "max_model_len", "context_window", "max_context_length")
"""The fields with a model's context size in the lists of OpenRouter, vLLM, Groq and Mistral."""

KEEPS_NOTHING = {"provider": {"zdr": True, "data_collection": "deny"}}
"""The fields that ask OpenRouter for providers with zero data retention and no training."""

Tools = list[dict[str, Any]]


class Model(Protocol):
    """The interface of a model: it answers a conversation with text, tool calls, or both."""

    name: str

    def accepts(self, messages: list[Message]) -> bool:
        """Return whether this model can continue the conversation, maybe begun by another model."""

    async def complete(
        self, messages: list[Message], tools: Tools, hear: Hear | None = None
    ) -> Message:
        """Return one answer; call `hear` with its text so far while it is streamed."""


class ProviderModel:
    """A model at any server that speaks OpenAI's chat completions."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        name: str,
        *,
        context: int = CONTEXT,
        timeout: float = TIMEOUT,
        keeps_nothing: bool = False,
        may_ask: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """`keeps_nothing` lets OpenRouter use only providers that store no data.

        `may_ask` is called before every request, also before one that is repeated after a wait: it
        returns whether the model may still be asked in this way.
        """
        self.name = name
        self._routing = KEEPS_NOTHING if keeps_nothing else {}
        self._context = context
        self._timeout = timeout
        self._key = api_key
        self._may_ask = may_ask
        self._plain_tools = False
        """True once the server has refused the full tool schemas and accepted plain ones."""
        self._streams = True
        """False once the server has refused to stream."""
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            timeout=ClientTimeout(timeout, connect=5.0),
            max_retries=2,
            # A redirect would take the conversation to a host that no admin has chosen.
            http_client=DefaultAioHttpClient(
                follow_redirects=False,
                event_hooks={
                    "request": [self._refuse_if_forbidden],
                    "response": [self._refuse_long_waits],
                },
            ),
        )

    def accepts(self, messages: list[Message]) -> bool:
        return True

    async def complete(
        self, messages: list[Message], tools: Tools, hear: Hear | None = None
    ) -> Message:
        """Return one answer; raise `ModelFault` if the provider gives none.

        If the provider finds the conversation too long, send a shorter one.
        """
        try:
            return await self._complete(window(messages, self._context), tools, hear)
        except ModelFault as fault:
            if fault.kind is not faults.CONTEXT:
                raise
        metrics.RETRIES.labels("too long for the model").inc()
        return await self._complete(window(messages, self._context // SHRINK), tools, hear)

    async def _complete(self, messages: list[Message], tools: Tools, hear: Hear | None) -> Message:
        """Send the request; if the server may have refused its form, send a plainer one.

        First the conversation without non-standard fields: a server refuses those of another one
        at the same address, and some refuse their own. Then plain tool schemas. A server that
        accepts these gets plain schemas from then on.
        """
        try:
            return await self._ask(messages, tools, hear)
        except ModelFault as fault:
            refusal = fault
        if refusal.is_refusal and _has_native(messages):
            metrics.RETRIES.labels("plain messages").inc()
            try:
                return await self._ask(messages, tools, hear, plain=True)
            except ModelFault as fault:
                refusal = fault
        if self._plain_tools or not (tools and refusal.may_be_about_tools):
            raise refusal
        metrics.RETRIES.labels("plain tool schemas").inc()
        self._plain_tools = True
        try:
            return await self._ask(messages, tools, hear)
        except ModelFault:
            self._plain_tools = False
            raise

    async def _ask(
        self, messages: list[Message], tools: Tools, hear: Hear | None, *, plain: bool = False
    ) -> Message:
        body: dict[str, Any] = {
            **self._routing,
            "model": self.name,
            "messages": messages_for_provider(fenced(messages), self.name, plain=plain),
        }
        if tools:
            body["tools"] = plain_tools(tools) if self._plain_tools else tools
        try:
            if not (self._key.isascii() and self._key.isprintable()):
                raise ModelFault(faults.KEY, said="A header cannot hold the key.")
            with metrics.timed("model_called", metrics.MODEL_SECONDS, model=self.name) as facts:
                async with asyncio.timeout(self._timeout) as limit:
                    answer = await self._respond(body, hear, self._extending(limit))
                usage = self._count(answer)
                facts |= usage
                names = {tool["function"]["name"] for tool in tools}
                message = read_answer(answer, names, _texts_read(messages))
        except (*FAILURES, ModelFault) as error:
            fault = fault_of(error)
            report(fault, self.name, self._key, _texts_read(messages))
            raise fault from error
        return message | {WRITTEN_BY: self.name} | ({USAGE: usage} if usage else {})

    async def _respond(
        self, body: dict[str, Any], hear: Hear | None, arrived: Callable[[], None]
    ) -> object:
        """Return the response, streamed if there is a `hear` and the server can stream.

        If the stream breaks off, the request is repeated without streaming.
        """
        refused = False
        if hear and self._streams:
            try:
                return await read_stream((await self._stream(body)).response, hear, arrived)
            except StreamError:
                metrics.RETRIES.labels("broken stream").inc()
            except APIStatusError as error:
                refused = is_about_streaming(error)
                if not refused:
                    raise
        response = await self._client.post(
            "/chat/completions", cast_to=httpx2.Response, **_content(body)
        )
        self._streams = self._streams and not refused
        return read_body(response.content)

    def _extending(self, limit: asyncio.Timeout) -> Callable[[], None]:
        """Return a function that extends the time limit; it is called when chunks arrive."""
        now = asyncio.get_running_loop().time
        latest = now() + LONGEST
        return lambda: limit.reschedule(min(now() + self._timeout, latest))

    async def _stream(self, body: dict[str, Any]) -> AsyncStream[object]:
        asked = body | {"stream": True, "stream_options": {"include_usage": True}}
        return await self._client.post(
            "/chat/completions",
            cast_to=object,
            stream=True,
            stream_cls=AsyncStream[object],
            **_content(asked),
        )

    def _count(self, answer: object) -> dict[str, float]:
        """Add the tokens and cost that the provider reports to the metrics, and return them."""
        usage = as_dict(as_dict(answer).get("usage"))
        details = as_dict(usage.get("prompt_tokens_details"))
        told = {
            "prompt_tokens": usage.get("prompt_tokens"),
            "completion_tokens": usage.get("completion_tokens"),
            "cached_tokens": details.get("cached_tokens") or usage.get("prompt_cache_hit_tokens"),
            "cost": usage.get("cost"),
        }
        known = {name: max(value, 0) for name, value in told.items() if is_number(value)}
        for name, value in known.items():
            if name == "cost":
                metrics.COST.labels(self.name).inc(value)
            else:
                metrics.TOKENS.labels(self.name, name.removesuffix("_tokens")).inc(value)
        return known

    async def told_context(self) -> int | None:
        """Return the context size in tokens from the server's list of models, or None."""
        try:
            async with asyncio.timeout(TIMEOUT_OF_LIST):
                told = await self._client.get("/models", cast_to=object)
        except FAILURES:
            return None
        models = listed(told if isinstance(told, list) else as_dict(told).get("data"))
        own = next((each for each in map(as_dict, models) if each.get("id") == self.name), {})
        sizes = [own[name] for name in CONTEXT_FIELDS if is_number(own.get(name))]
        return next((int(size) for size in sizes if size >= 1), None)

    async def _refuse_if_forbidden(self, request: httpx2.Request) -> None:
        if self._may_ask and not await self._may_ask():
            raise ModelFault(faults.PRIVACY)

    async def _refuse_long_waits(self, response: httpx2.Response) -> None:
        """Let the SDK repeat no request for which the server asks a longer wait than allowed."""
        if wait_asked_by(response) > min(LONGEST_WAIT, self._timeout / 3):
            response.headers["x-should-retry"] = "false"

    async def close(self) -> None:
        await self._client.close()


def _content(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body as JSON text: the SDK's `create` takes 14 ms to encode a long history."""
    headers = {"Content-Type": "application/json"}
    return {"content": orjson.dumps(body), "options": {"headers": headers}}


def _has_native(messages: list[Message]) -> bool:
    """Return whether a message has fields, or a null, that a server may refuse."""
    return any(each.get(NATIVE) or each.get("content", "") is None for each in messages)


def _texts_read(messages: list[Message]) -> list[str]:
    """Return what the model has read beside its instructions: people's words and results."""
    return [str(each.get("content")) for each in messages if each["role"] != "system"]
