"""Streams as servers write them, over HTTP: harmless quirks, early ends, and calls in parts."""

import asyncio
import gzip
import json
from typing import Any

import pytest
from aiohttp import web

from services.agent.provider import ModelFault, ProviderModel, client, faults, stream
from tests.services.provider import KEY, Answer, completion, provider, says, sends, streams

ASKED = [{"role": "user", "content": "hello"}]
NAMES = ("undo", "get", "find_machines")
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in NAMES]


async def answer(
    *script: Answer, streamed: bool = True, seconds: float = 90
) -> tuple[dict[str, Any], int]:
    """Return a model's answer and the number of requests that it took."""
    async with provider(*script) as served:
        model = ProviderModel(served.url, KEY, "scripted", timeout=seconds)
        try:
            said = await model.complete(ASKED, TOOLS, [].append if streamed else None)
            return said, len(served.requests)
        finally:
            await model.close()


def chunk(reason: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def events(*chunks: Any, done: bool = True) -> str:
    lines = [json.dumps(each) for each in chunks] + ["[DONE]"] * done
    return "".join(f"data: {line}\n\n" for line in lines)


def called(said: dict[str, Any]) -> list[tuple[str, str]]:
    functions = [call["function"] for call in said["tool_calls"]]
    return [(each["name"], each["arguments"]) for each in functions]


FIRST, SECOND, LAST = chunk(content="There "), chunk(content="you are."), chunk("stop")
STREAM = events(FIRST, SECOND, LAST)
WHOLE = {"choices": [{"message": {"content": "There you are."}, "finish_reason": "stop"}]}

HARMLESS: dict[str, Answer] = {
    "retry": sends("retry: 3000\n\n" + STREAM),
    "ping without data": sends("event: ping\n\n" + STREAM),
    "empty data": sends("data:\n\n" + STREAM),
    "data that is no JSON": sends("data: ping\n\n" + STREAM),
    "id and comment": sends("id: 1\n" + STREAM.replace("\n\n", "\n\n: wait\n\n")),
    "byte order mark": sends("\ufeff" + STREAM),
    "single line feeds": sends(STREAM.replace("\n\n", "\n")),
    "carriage returns": sends(STREAM.replace("\n", "\r")),
    "no line feed at the end": sends(events(FIRST, SECOND, LAST, done=False).rstrip()),
    "no finish_reason": sends(events(FIRST, SECOND)),
    "no [DONE]": sends(events(FIRST, SECOND, LAST, done=False)),
    "event of several lines": sends(
        STREAM.replace('{"choices": [', '{"choices": [\ndata: '),
    ),
    "content type in capitals": sends(STREAM, "Text/Event-Stream; charset=UTF-8"),
    "stream as JSON": sends(STREAM, "application/json"),
    "stream as text": sends(STREAM, "text/plain"),
    "JSON as stream": sends(json.dumps(WHOLE)),
    "JSON as text": sends(json.dumps(WHOLE), "text/plain"),
    "JSON after blank lines": sends("\n \n" + json.dumps(WHOLE), "application/json"),
    "NaN": sends(events(FIRST, SECOND, LAST, {"choices": [], "usage": {"cost": float("nan")}})),
    "whole response in a chunk": streams(WHOLE),
    "whole message at the end": streams(FIRST, SECOND, {"choices": [WHOLE["choices"][0]]}),
    "parts, then an empty text": streams(
        chunk(content=[{"type": "text", "text": "There "}]),
        chunk(content=[{"type": "text", "text": "you are."}]),
        chunk("stop", content=""),
    ),
    "a text, then parts": streams(FIRST, chunk(content=[{"type": "text", "text": "you are."}])),
    "a list of texts": completion({"content": ["There ", "you are."]}),
    "one part": completion({"content": {"type": "text", "text": "There you are."}}),
    "reasoning parts": completion(
        {
            "content": [
                {"type": "reasoning", "text": "hm"},
                {"type": "text", "text": "There you are."},
            ]
        }
    ),
}


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("quirk", HARMLESS)
async def test_answer_in_any_form_is_read_with_one_request(quirk: str, streamed: bool) -> None:
    said, requests = await answer(HARMLESS[quirk], says("Repeated."), streamed=streamed)
    assert (said["content"], requests) == ("There you are.", 1)


async def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    latin = STREAM.encode().replace(b"are", b"\xe9")
    assert (await answer(sends(latin)))[0]["content"] == "There you \N{REPLACEMENT CHARACTER}."


HEAD = chunk(tool_calls=[{"index": 0, "id": "a", "function": {"name": "undo", "arguments": ""}}])


def cut_gzip(request: web.Request) -> web.Response:
    body = gzip.compress(STREAM.encode())[:-40]
    return web.Response(body=body, headers={"Content-Encoding": "gzip"})


cut_gzip.takes_request = True  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "broken",
    [
        sends(""),
        sends(events(FIRST, done=False)),
        sends(events(HEAD, done=False)),
        sends(events(FIRST, done=False) + "data: [DO"),
        sends(STREAM.replace("you are", '"')),
        cut_gzip,
    ],
    ids=["empty", "text", "call", "end", "garbled", "gzip"],
)
async def test_stream_without_its_end_is_asked_for_again_as_a_whole(broken: Answer) -> None:
    said, requests = await answer(broken, says("Whole."))
    assert (said["content"], said.get("tool_calls"), requests) == ("Whole.", None, 2)


TOO_LONG = ("length", "max_tokens", "MAX_TOKENS", "model_length")
BROKEN_OFF = ("content_filter", "MALFORMED_FUNCTION_CALL", "insufficient_system_resource")


@pytest.mark.parametrize("reason", [*TOO_LONG, *BROKEN_OFF])
async def test_answer_with_an_unknown_finish_reason_is_marked_as_cut_off(reason: str) -> None:
    said, _ = await answer(completion({"content": "Your laptop is"}, finish=reason))
    note = "because it grew too long" if reason in TOO_LONG else "before the end"
    assert note in said["content"]


@pytest.mark.parametrize("reason", [*TOO_LONG, *BROKEN_OFF[1:]])
async def test_call_in_an_answer_that_was_cut_off_is_not_run(reason: str) -> None:
    said, _ = await answer(streams(HEAD, chunk(reason)))
    assert called(said) == [("undo", "{")]


@pytest.mark.parametrize("reason", ["stop", "STOP", "eos", "tool_calls", "end_turn", "", None])
async def test_call_in_a_whole_answer_is_run(reason: str | None) -> None:
    said, _ = await answer(streams(HEAD, chunk(reason)))
    assert called(said) == [("undo", "{}")]


@pytest.mark.parametrize(
    ("chunks", "kind"),
    [
        ([HEAD, chunk("error")], faults.DOWN),
        ([HEAD, chunk("content_filter")], faults.FILTER),
        ([chunk("content_filter")], faults.FILTER),
        ([chunk("MAX_TOKENS")], faults.NO_ROOM),
        ([FIRST, {"message": "overloaded", "type": "overloaded_error"}], faults.RATE),
        ([FIRST, {"choices": [{"error": {"code": 402, "message": "x"}}]}], faults.CREDIT),
    ],
)
async def test_stream_that_ends_with_an_error_is_a_fault(chunks: Any, kind: Any) -> None:
    with pytest.raises(ModelFault) as caught:
        await answer(streams(*chunks))
    assert caught.value.kind is kind


async def test_json_error_with_the_content_type_of_a_stream_is_a_fault() -> None:
    with pytest.raises(ModelFault, match="busy right now"):
        await answer(sends('{"error": {"code": 429, "message": "slow down"}}'))


def part(
    name: str | None, arguments: Any, call_id: str | None = None, index: int | None = None
) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return chunk(tool_calls=[{"index": index, "id": call_id, "function": function}])


ONE = [("get", '{"record": "TKT-1"}')]
TWO = [("get", '{"record": "TKT-1"}'), ("get", '{"record": "TKT-2"}')]
PIECES = ('{"record": ', '"TKT-1"}')

CALLS: dict[str, tuple[list[Any], list[tuple[str, str]]]] = {
    "one index for all": ([part(*each, f"c{n}", 0) for n, each in enumerate(TWO)], TWO),
    "one index, no ids": (
        [part("get", "{}", None, 0), part("undo", "{}", None, 0)],
        [("get", "{}"), ("undo", "{}")],
    ),
    "no index, no ids": ([part(*each) for each in TWO], TWO),
    "no index, same id": ([part("get", "", "c"), *(part(None, each, "c") for each in PIECES)], ONE),
    "no index, then no id": ([part("get", "", "c"), *(part(None, each) for each in PIECES)], ONE),
    "an id for each part": (
        [part("get", None, "a", 0), part(None, PIECES[0], "b", 0), part(None, PIECES[1], "c", 0)],
        ONE,
    ),
    "name and id repeated": ([part("get", each, "c", 0) for each in ("", *PIECES)], ONE),
    "empty name and id": (
        [part("get", "", "c", 0), *(part("", each, "", 0) for each in PIECES)],
        ONE,
    ),
    "metadata alone": ([part(*ONE[0], "c"), chunk(tool_calls=[{"extra_content": {"a": 1}}])], ONE),
    "no list": ([chunk(tool_calls={"function": {"name": "get", "arguments": ONE[0][1]}})], ONE),
    "function_call": ([chunk(function_call={"name": "get", "arguments": ONE[0][1]})], ONE),
    "an empty object first": (
        [part("get", "{}", "c", 0), *(part(None, each, None, 0) for each in PIECES)],
        ONE,
    ),
    "all repeated at the end": (
        [part("get", "", "c", 0), part(None, ONE[0][1], None, 0), part(*ONE[0], "c", 0)],
        ONE,
    ),
    "an object": ([part("get", {"record": "TKT-1"}, "c", 0), part(None, "", None, 0)], ONE),
    "an object repeated": ([part("get", {"record": "TKT-1"}, "c", 0)] * 2, ONE),
}


@pytest.mark.parametrize("quirk", CALLS)
async def test_parts_of_calls_are_put_together_however_they_are_marked(quirk: str) -> None:
    chunks, expected = CALLS[quirk]
    said, _ = await answer(streams(*chunks))
    read = [(name, json.loads(arguments)) for name, arguments in called(said)]
    assert read == [(name, json.loads(arguments)) for name, arguments in expected]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (" Find_Machines ", "find_machines"),
        ("functions.find_machines", "find_machines"),
        ("default_api:find_machines", "find_machines"),
        ("functions.find_machines:0", "find_machines"),
        ("find_machines<|channel|>commentary", "find_machines"),
        ("drop tables!", "drop_tables_"),
        ("", "unknown"),
    ],
)
async def test_name_of_a_call_is_that_of_the_tool_or_one_that_servers_accept(
    given: str, read: str
) -> None:
    said, _ = await answer(streams(part(given, "{}", "c", 0)))
    assert called(said) == [(read, "{}")]


def stays_open(text: str) -> Answer:
    async def send(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(text.encode())
        await asyncio.Event().wait()
        return response

    send.takes_request = True  # type: ignore[attr-defined]
    return send


@pytest.mark.parametrize("done", [True, False])
async def test_finished_answer_does_not_wait_for_the_end_of_the_connection(
    monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    monkeypatch.setattr(stream, "GRACE", 0.01)
    text = events(FIRST, SECOND, LAST, done=done)
    said, requests = await answer(stays_open(text), says("Repeated."), seconds=20)
    assert (said["content"], requests) == ("There you are.", 1)


async def test_stream_that_goes_on_may_exceed_the_timeout_but_not_forever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def pause(_: int) -> None:
        await asyncio.sleep(1)

    slow = streams(*"There ", pause=pause)
    assert (await answer(slow, seconds=4))[0]["content"] == "There"
    monkeypatch.setattr(client, "LONGEST", 0)
    with pytest.raises(ModelFault, match="cannot be reached"):
        await answer(stays_open(events(FIRST, done=False)))
