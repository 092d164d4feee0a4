"""Tool calls that models write as text, over HTTP: what is a call, and what people read."""

import json
from typing import Any

import pytest
from aiohttp import web

from services.agent.preview import settled
from services.agent.provider import ProviderModel
from tests.services.provider import KEY, Answer, completion, provider, says

NAMES = ("undo", "get")
TOOLS = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in NAMES]


async def answer(script: Answer, asked: str = "hello") -> tuple[str | None, list[Any]]:
    """Return the text of an answer, and the names and arguments of its calls."""
    async with provider(script) as served:
        model = ProviderModel(served.url, KEY, "scripted")
        try:
            said = await model.complete([{"role": "user", "content": asked}], TOOLS)
        finally:
            await model.close()
    functions = [call["function"] for call in said.get("tool_calls", ())]
    return said["content"], [(each["name"], each["arguments"]) for each in functions]


UNDO = '{"name": "undo", "arguments": {"turn": 3}}'
INVOKE = '<invoke name="undo"><parameter name="turn">3</parameter></invoke>'
FORMATS = [
    UNDO,
    '{"name": "undo", "parameters": {"turn": 3}}',
    '{"name": "undo", "input": {"turn": 3}}',
    '{"tool_name": "undo", "tool_args": {"turn": 3}}',
    '{"type": "function", "function": {"name": "undo", "arguments": "{\\"turn\\": 3}"}}',
    '{"tool_calls": [{"function": {"name": "undo", "arguments": "{\\"turn\\": 3}"}}]}',
    f'{{"function_call": {UNDO}}}',
    f"```json\n{UNDO}\n```",
    f"```tool_call\n{UNDO}\n```",
    "```tool_code\nprint(default_api.undo(turn=3))\n```",
    "[undo(turn=3)]",
    "undo(turn=3)",
    "<|python_start|>[undo(turn=3)]<|python_end|>",
    '<|python_tag|>{"name": "undo", "parameters": {"turn": 3}}',
    f"<tool_call>{UNDO}</tool_call>",
    f"<tool_call>\n{UNDO}\n",
    '<tool_call>{"name": "Undo", "arguments": {"turn": 3},}</tool_call>',
    "<tool_call>{'name': 'functions.undo', 'arguments': {'turn': 3}}</tool_call>",
    "<tool_call>undo\n<arg_key>turn</arg_key>\n<arg_value>3</arg_value>\n</tool_call>",
    "<tool_call><function=undo>\n<parameter=turn>\n3\n</parameter>\n</function></tool_call>",
    '<function=undo>{"turn": 3}</function>',
    f"<function_calls>\n{INVOKE}\n</function_calls>",
    f"<minimax:tool_call>\n{INVOKE}\n</minimax:tool_call>",
    f"<TOOLCALL>[{UNDO}]</TOOLCALL>",
    f"<tools>{UNDO}</tools>",
    f"<|tool_call|>[{UNDO}]",
    f"[TOOL_CALLS][{UNDO}]",
    '[TOOL_CALLS]undo{"turn": 3}',
    '[TOOL_CALLS]undo[ARGS]{"turn": 3}',
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>undo\n```json\n"
    '{"turn": 3}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>undo<｜tool▁sep｜>{"turn": 3}<｜tool▁call▁end｜>',
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.undo:0<|tool_call_argument_begin|>"
    '{"turn": 3}<|tool_call_end|><|tool_calls_section_end|>',
    "<|start|>assistant<|channel|>commentary to=functions.undo <|constrain|>json<|message|>"
    '{"turn": 3}<|call|>',
]


@pytest.mark.parametrize("text", FORMATS)
async def test_call_written_as_text_in_the_format_of_any_model_is_a_call(text: str) -> None:
    said, [(name, arguments)] = await answer(says(text))
    assert (said, name, json.loads(arguments)) == (None, "undo", {"turn": 3})


MARKED = [
    text for text in FORMATS if text.startswith(("<", "[TOOL", "```tool")) and text[-1] in ">]`}"
]


@pytest.mark.parametrize("text", MARKED)
async def test_text_before_a_marked_call_stays_the_answer(text: str) -> None:
    said, [(name, _)] = await answer(says(f"Let me look.\n{text}"))
    assert (said, name) == ("Let me look.", "undo")
    assert settled(f"Let me look.\n{text} ").strip() in ("Let me look.", "Let me")


async def test_text_after_a_marked_call_stays_the_answer_too() -> None:
    text = f"First:\n<tool_call>{UNDO}</tool_call>\nand [1] then:\n<tool_call>{UNDO}</tool_call>"
    said, made = await answer(says(f"{text}\nThat is all."))
    assert said == "First:\n\nand [1] then:\n\nThat is all."
    assert [name for name, _ in made] == ["undo", "undo"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('<tool_call>{"name": "undo", "arguments": {"turn"</tool_call>', "undo"),
        ('<tool_call>{"name": "undo", "turn": 3}</tool_call>', "undo"),
        ("<tool_call>please undo it</tool_call>", "undo"),
        ("<tool_call>\n</tool_call>", "unknown"),
        ("<function=undo><parameter=turn>3", "undo"),
        ('[TOOL_CALLS]undo[ARGS]{"turn": ', "undo"),
        (f'<tool_call>{UNDO}</tool_call><tool_call>{{"name": "get", </tool_call>', "get"),
    ],
)
async def test_model_is_told_of_a_marked_call_that_cannot_be_read(text: str, name: str) -> None:
    said, made = await answer(says(text))
    assert (said, made[-1]) == (None, (name, "{"))


async def test_model_is_told_of_a_marked_call_of_an_unknown_tool() -> None:
    _, made = await answer(says('<tool_call>{"name": "drop", "arguments": {}}</tool_call>'))
    assert made == [("drop", "{}")]


async def test_call_as_text_that_was_cut_off_is_not_run() -> None:
    _, made = await answer(completion({"content": "<tool_call>undo"}, finish="length"))
    assert made == [("undo", "{")]


@pytest.mark.parametrize(
    "text",
    [
        "Shall I call undo?",
        'I would call {"name": "undo", "arguments": {}}',
        '{"name": "drop_tables", "arguments": {}}',
        '{"name": "undo"} and {"name": "Priya"}',
        '{"name": "undo", "turn": 3}',
        '{"answer": 42}',
        "[1, 2, 3]",
        "[" * 10_000,
        "drop(table=1)",
        "Write `<tool_call>` before it.",
        "Put <tools> into the file.",
    ],
)
async def test_text_that_is_no_call_is_the_answer(text: str) -> None:
    assert await answer(says(text)) == (text, [])


@pytest.mark.parametrize("own", ["", '<|tool|>{"name": "get"}'], ids=["alone", "after a call"])
@pytest.mark.parametrize("text", MARKED)
async def test_model_that_quotes_what_it_has_read_makes_no_call(text: str, own: str) -> None:
    async def quote(request: web.Request) -> web.StreamResponse:
        asked = (await request.json())["messages"][-1]["content"]
        return web.json_response({"choices": [{"message": {"content": f"So: {own} {asked}"}}]})

    quote.takes_request = True  # type: ignore[attr-defined]
    said, made = await answer(quote, asked=text)
    assert (said or "").startswith("So: ")
    assert made == []
