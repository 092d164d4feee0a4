"""Whole turns with two tool calls, over HTTP, with providers of every dialect."""

from typing import Any

import pytest
from sqlalchemy import text

from bot.cli.ask import ask
from services.agent.provider import ProviderModel
from services.agent.provider.reasoning import without_reasoning
from services.agent.provider.request import messages_for_provider
from services.agent.transcript import NATIVE, WRITTEN_BY
from services.settings import Settings
from services.storage.database import Database
from tests.services import dialects
from tests.services.dialects import call_with, calling, speaking
from tests.services.provider import KEY, completion, llm, provider, says

PRIYA = "priya.raman@alderway.example"
SIGNED = {"extra_content": {"google": {"thought_signature": "c2ln\u0142"}}}
MACHINES = call_with("find_machines", {})
TICKET = call_with("create_ticket", {"name": "VPN drops"}, "call_9876543210")


def cut_call(arguments: str) -> dict[str, Any]:
    function = {"name": "find_machines", "arguments": arguments}
    return {"id": f"cut_{len(arguments)}", "type": "function", "function": function}


THINKING = {"reasoning_content": "They want a ticket.", "reasoning_details": [{"data": "…"}]}


async def whole_turn(database_url: str, *script: Any, words: str = "please") -> tuple[str, Any]:
    async with provider(*script) as served:
        settings = Settings.load(_env_file=None, **llm(served.url))
        return await ask(settings, database_url, words, PRIYA), served


DIALECTS: dict[str, tuple[Any, list[Any]]] = {
    "default temperature only": (
        dialects.default_temperature_only,
        [calling(MACHINES), calling(TICKET), says("Done: TKT-61")],
    ),
    "strict roles": (
        dialects.strict_roles,
        [calling(MACHINES), calling(TICKET), says("Done: TKT-61")],
    ),
    "signatures required": (
        dialects.signatures_required,
        [calling(MACHINES | SIGNED), calling(TICKET | SIGNED), says("Done: TKT-61")],
    ),
    "reasoning required": (
        dialects.reasoning_required,
        [calling(MACHINES, **THINKING), calling(TICKET, **THINKING), says("Done: TKT-61")],
    ),
    "plain schemas only": (
        dialects.plain_schemas_only,
        [calling(MACHINES), calling(TICKET), says("Done: TKT-61")],
    ),
    "nine-character ids": (
        dialects.nine_character_ids,
        [
            calling(MACHINES | {"id": "aB3dE6gH9"}),
            calling(TICKET | {"id": "zY8xW5vU2"}),
            says("Done: TKT-61"),
        ],
    ),
    "arguments that are no object": (
        dialects.objects_as_arguments,
        [
            calling(cut_call('{"limit": 1,}'), cut_call("[1]"), cut_call("{")),
            calling(MACHINES),
            calling(TICKET),
            says("Done: TKT-61"),
        ],
    ),
    "ids repeated": (
        dialects.unique_ids,
        [
            calling(MACHINES | {"id": "call_0"}),
            calling(MACHINES | {"id": "call_0"}),
            calling(TICKET | {"id": "call_0"}),
            says("Done: TKT-61"),
        ],
    ),
    "own reasoning refused": (
        dialects.no_reasoning,
        [
            calling(MACHINES, reasoning="A laptop?"),
            calling(TICKET, reasoning="A ticket."),
            says("Done: TKT-61"),
        ],
    ),
    "null content refused": (
        dialects.no_null_content,
        [calling(MACHINES), calling(TICKET), says("Done: TKT-61")],
    ),
    "ids left out": (
        dialects.nine_character_ids,
        [calling(MACHINES | {"id": ""}), calling(TICKET | {"id": None}), says("Done: TKT-61")],
    ),
    "reasoning in the text": (
        dialects.strict_roles,
        [
            completion({"content": "<think>a laptop?", "tool_calls": [MACHINES]}),
            completion({"content": "so now</think>", "tool_calls": [TICKET]}),
            says("<think>Say it.</think>\n\nDone: TKT-61"),
        ],
    ),
    "calls as text": (
        dialects.strict_roles,
        [
            says('{"name": "find_machines", "arguments": {}}'),
            says('<tool_call>\n{"name": "create_ticket", "arguments": {"name": "VPN drops"}}\n'),
            says("Done: TKT-61"),
        ],
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_turn_with_two_tool_calls_succeeds_in_the_dialect_of_each_provider(
    fresh_database: str, dialect: str
) -> None:
    refuses, script = DIALECTS[dialect]
    answer, served = await whole_turn(fresh_database, speaking(refuses, script))
    assert answer == "Done: TKT-61\n✓ Created TKT-61"
    assert any("MAC-5" in result for result in served.results())


async def test_provider_that_refuses_full_tool_schemas_gets_plain_ones_from_then_on(
    fresh_database: str,
) -> None:
    refuses, script = DIALECTS["plain schemas only"]
    _, served = await whole_turn(fresh_database, speaking(refuses, script))
    assert len(served.requests) == len(script) + 1


def assistant(model: str, *calls: dict[str, Any], **native: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": None, "tool_calls": list(calls)}
    return {**message, WRITTEN_BY: model, NATIVE: native}


def test_provider_specific_fields_are_sent_back_only_to_their_model() -> None:
    said = assistant("one", MACHINES, message=THINKING, tool_calls=[SIGNED | {"id": "odd id"}])
    result = {"role": "tool", "tool_call_id": MACHINES["id"], "content": "MAC-5"}
    asked = {"role": "user", "content": "what do I have?"}
    same = messages_for_provider([asked, said, result], "one")
    assert same[1]["reasoning_content"] == THINKING["reasoning_content"]
    assert same[1]["tool_calls"][0]["extra_content"] == SIGNED["extra_content"]
    assert same[1]["tool_calls"][0]["id"] == same[2]["tool_call_id"] == "odd id"
    other = messages_for_provider([asked, said, result], "two")
    assert set(other[1]) == {"role", "content", "tool_calls"}
    assert set(other[1]["tool_calls"][0]) == {"id", "type", "function"}
    assert dialects.nine_character_ids({"messages": other}) is None
    assert other[1]["tool_calls"][0]["id"] == other[2]["tool_call_id"]


async def test_native_fields_of_another_server_with_a_model_of_the_same_name_are_not_sent() -> None:
    said = assistant("scripted", MACHINES, tool_calls=[SIGNED | {"id": "odd id"}])
    result = {"role": "tool", "tool_call_id": MACHINES["id"], "content": "MAC-5"}
    messages = [{"role": "user", "content": "what do I have?"}, said, result]
    async with provider(speaking(dialects.nine_character_ids, [says("Hi")])) as served:
        model = ProviderModel(served.url, KEY, "scripted")
        assert (await model.complete(messages, []))["content"] == "Hi"
        await model.close()
    assert "extra_content" not in str(served.requests[-1])


def test_calls_of_odd_names_are_sent_with_names_that_each_provider_accepts() -> None:
    named = [call_with(name, {}, name) for name in ("", "functions.get", "a" * 70)]
    [_, sent] = messages_for_provider([assistant("one", *named)], "two")
    names = [call["function"]["name"] for call in sent["tool_calls"]]
    assert names == ["unknown", "functions_get", "a" * 64]


def test_messages_in_any_order_are_sent_so_that_user_and_assistant_alternate() -> None:
    system, user, spoken = (
        {"role": role, "content": role} for role in ("system", "user", "assistant")
    )
    called = {"role": "assistant", "content": None, "tool_calls": [MACHINES]}
    result = {"role": "tool", "tool_call_id": MACHINES["id"], "content": "MAC-5"}
    empty = {"role": "assistant", "content": ""}
    for messages in (
        [system, user, user, user],
        [system, spoken, user],
        [system, user, called, result, user, user],
        [system, user, empty, user],
        [system, user, spoken, spoken, system, user],
        [system, user, called, result, spoken, called, result, spoken],
    ):
        sent = messages_for_provider(messages, "any")
        assert dialects.strict_roles({"messages": sent}) is None, messages
        for message in messages:
            assert str(message["content"] or "") in str(sent)


SAME = "(the same)"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<think>hm</think>Hello", "Hello"),
        ("<THINK>a</THINK>\n<think>b</think> Hello", "Hello"),
        ("hm, hm</think>\n\nHello", "Hello"),
        ("Hello <think>hm</think>there", "Hello there"),
        ("<thinking>a <think>b</think> c</thinking>Hello", "Hello"),
        ("<think>never ends", None),
        ("Hello", SAME),
        ("[THINK]hm[/THINK]Hello", "Hello"),
        ("<seed:think>hm</seed:think>Hello", "Hello"),
        ('<think type="x">hm</think>Hello', "Hello"),
        ("◁think▷hm◁/think▷Hello", "Hello"),
        ("<|begin_of_thought|>hm<|end_of_thought|>Hello", "Hello"),
        ("<analysis>hm</analysis>Hello", "Hello"),
        (
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>"
            "Hello<|return|>",
            "Hello",
        ),
        ("Hello<|im_end|>", "Hello"),
        ("Hello</s>\n", "Hello"),
        ("assistant\n\nHello<|eot_id|>", "Hello"),
        ("[analysis](https://a) by the assistant\n\nof <|x|> it", SAME),
        ("2 < 3 and <thinkpad>", SAME),
    ],
)
def test_reasoning_and_control_tokens_are_removed_from_the_answer(
    text: str, shown: str | None
) -> None:
    assert without_reasoning(text) == (text if shown == SAME else shown)


async def test_empty_and_null_arguments_of_a_tool_call_are_dropped(fresh_database: str) -> None:
    nothing = {"assignee": "", "priority": None, "machines": None, "description": "null"}
    made = call_with("create_ticket", {"name": "VPN drops"} | nothing)
    answer, _ = await whole_turn(fresh_database, calling(made), says("Done: TKT-61"))
    assert answer == "Done: TKT-61\n✓ Created TKT-61"


async def test_token_usage_is_stored_with_the_models_message(
    fresh_database: str, database: Database
) -> None:
    usage = {
        "prompt_tokens": 120,
        "completion_tokens": 30,
        "prompt_tokens_details": {"cached_tokens": 100},
        "cost": 0.0021,
    }
    await whole_turn(fresh_database, completion({"content": "Hi"}, usage))
    [row] = await database.fetch_all(
        text("SELECT message -> 'usage' AS usage FROM steps WHERE message ->> 'role' = 'assistant'")
    )
    assert row["usage"].pop("seconds") < 60
    assert row["usage"] == {
        "prompt_tokens": 120,
        "completion_tokens": 30,
        "cached_tokens": 100,
        "cost": 0.0021,
    }
