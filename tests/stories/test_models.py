"""Models: chosen by people for themselves and threads, listed by admins; zero data retention."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from services.agent.provider.client import KEEPS_NOTHING
from tests.fixtures import DANIEL, EMRE, MARCUS, PRIYA, Desk, open_desk
from tests.services.provider import Json, Provider, calls, completion, fails, llm, provider, says
from tests.stories.telling import command, words

TWO = ("first/model", "second/model")
ADDED = "INSERT INTO models (name, base_url, key_name, context, routing, keeps_nothing, position)"
OPEN_TRANSACTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state = 'idle in transaction' AND query LIKE '%zero_retention%'"
)
MENU = "tool:choose_model:Go on with"


@pytest.fixture
async def desk(fresh_database: str, tmp_path: Path, served: Provider) -> AsyncIterator[Desk]:
    settings = llm(served.url) | {"llm_models": TWO}
    async with open_desk(fresh_database, tmp_path, **settings) as desk:
        yield desk


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Provider]:
    monkeypatch.setenv("LLM_KEY_OTHER", "sk-other")
    async with provider(says("There you are.")) as served:
        yield served


def asked(served: Provider) -> list[str]:
    return [request["model"] for request in served.requests]


def add(owner: Engine, served: Provider, name: str, routing: str, *, keeps: bool = False) -> None:
    values = {"name": name, "url": served.url, "routing": routing, "keeps": keeps}
    row = "VALUES (:name, :url, 'LLM_KEY_OTHER', 128000, :routing, :keeps, 101)"
    with owner.begin() as connection:
        connection.execute(text(f"{ADDED} {row}"), values)


async def choose(desk: Desk, person: int, answer: Any, name: str) -> str:
    """Choose a model in the menu below an answer and return what the person is told."""
    [menu] = [
        element
        for block in answer.blocks
        for element in block.get("elements", [])
        if element.get("action_id") == MENU
    ]
    [option] = [each for each in menu["options"] if each["text"]["text"] == name]
    before = len(desk.slack.ephemerals(desk.user(person), answer.channel))
    await desk.slack.press(desk.user(person), answer, MENU, {"selected_option": option})
    said = await desk.slack.until(
        lambda: desk.slack.ephemerals(desk.user(person), answer.channel)[before:]
    )
    return str(said[0].text)


# ---- choosing


async def test_thread_is_continued_by_the_model_chosen_for_it(desk: Desk, served: Provider) -> None:
    answer = await desk.ask(PRIYA, "who is Marcus?")
    said = await choose(desk, PRIYA, answer, "second/model")
    assert said == "second/model answers in this thread from now on."
    await desk.ask(PRIYA, "and Daniel?", thread=answer.thread_ts)
    await desk.ask(PRIYA, "who is Helena?")
    assert asked(served) == ["first/model", "second/model", "first/model"]


async def test_nobody_can_choose_the_model_of_another_persons_thread(
    desk: Desk, served: Provider
) -> None:
    place = desk.slack.channel("general").id
    answer = await desk.ask(PRIYA, "@Deskhand who is Marcus?", channel=place)
    refused = await choose(desk, EMRE, answer, "second/model")
    assert refused == "Only people who ask in this thread can choose its model."
    await desk.ask(PRIYA, "@Deskhand and Daniel?", channel=place, thread=answer.thread_ts)
    assert asked(served) == ["first/model", "first/model"]


async def test_model_that_a_person_prefers_answers_only_that_person(
    desk: Desk, served: Provider
) -> None:
    assert "second/model answers you" in await command(desk, PRIYA, "model second")
    await desk.ask(PRIYA, "who is Marcus?")
    await desk.ask(DANIEL, "who is Marcus?")
    assert "default model answers you" in await command(desk, PRIYA, "model default")
    await desk.ask(PRIYA, "who is Marcus?")
    assert asked(served) == ["second/model", "first/model", "first/model"]


async def test_small_print_of_an_answer_names_model_time_and_cost(
    desk: Desk, served: Provider
) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "cost": 0.002}
    served.script = [completion({"content": "Marcus is an admin."}, usage)]
    answer = await desk.ask(PRIYA, "who is Marcus?")
    assert "`first/model` · under 1 s · $0.002" in str(answer.blocks)


# ---- the list


async def form(desk: Desk, person: int, word: str) -> Any:
    place = desk.slack.channel("it-help").id
    await desk.slack.command(desk.user(person), place, "/itsm", word)
    return await desk.slack.until(lambda: desk.slack.modal(desk.user(person)))


async def add_by_form(desk: Desk, url: str, **more: Any) -> str:
    given = {"name": "third/model", "base_url": url, "key_name": "LLM_KEY_OTHER", **more}
    view = await form(desk, MARCUS, "model-add")
    await desk.slack.submit(desk.user(MARCUS), view, given)
    return str(view.content)


PAIR = calls(("time_in", {"city": "Berlin"}), ("time_in", {"city": "Tokyo"}))


async def test_model_is_added_only_after_a_successful_test_call(
    desk: Desk, served: Provider
) -> None:
    served.script = [PAIR, says("Noon in both.")]
    assert "third/model can call tools, several at once" in await add_by_form(desk, served.url)
    assert asked(served) == ["third/model", "third/model"]
    await command(desk, MARCUS, "model-default third")
    await desk.ask(PRIYA, "who is Marcus?")
    assert asked(served)[2:] == ["third/model"]
    assert "third/model is removed" in await command(desk, MARCUS, "model-remove third")
    await desk.ask(PRIYA, "who is Daniel?")
    assert asked(served)[3:] == ["first/model"]


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (None, "Whether it takes 128,000 tokens was not tested"),
        ({"id": "third/model", "context_length": 200_000}, "It takes 200,000 tokens"),
        ({"id": "other/model", "context_length": 200_000}, "was not tested"),
        ({"id": "third/model", "max_model_len": "many"}, "was not tested"),
    ],
)
async def test_context_size_of_a_new_model_is_read_from_its_provider(
    desk: Desk, served: Provider, told: Any, sentence: str
) -> None:
    served.models = [told] if told else None
    served.script = [PAIR, says("Noon in both.")]
    assert sentence in await add_by_form(desk, served.url)


async def test_model_with_a_smaller_context_size_than_declared_is_not_added(
    desk: Desk, served: Provider
) -> None:
    served.models = [{"id": "third/model", "context_length": 32_000}]
    served.script = [PAIR, says("Noon in both.")]
    view = await form(desk, MARCUS, "model-add")
    given = {"name": "third/model", "base_url": served.url, "key_name": "LLM_KEY_OTHER"}
    ack = await desk.slack.submit(desk.user(MARCUS), view, given)
    assert "takes 32,000 tokens" in ack.body["errors"]["context"]
    assert "third/model" not in await command(desk, MARCUS, "models")


async def test_no_transaction_is_open_while_a_model_is_tested(
    desk: Desk, served: Provider, owner: Engine
) -> None:
    add(owner, served, "third/model", "other")
    seen: list[int] = []

    async def looks() -> Any:
        with owner.connect() as connection:
            seen.append(connection.scalar(text(OPEN_TRANSACTIONS)) or 0)
        return PAIR()

    served.script = [looks, says("Noon in both.")]
    await command(desk, MARCUS, "model-test third")
    await desk.slack.until(lambda: seen == [0])


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (says("It is noon."), "it did not call the tool"),
        (fails(402), "run out of credit"),
        (calls(("time_in", "{")), "it did not call the tool"),
    ],
)
async def test_model_that_fails_its_test_call_is_not_added(
    desk: Desk, served: Provider, answer: Any, sentence: str
) -> None:
    served.script = [answer]
    view = await form(desk, MARCUS, "model-add")
    given = {"name": "third/model", "base_url": served.url, "key_name": "LLM_KEY_OTHER"}
    ack = await desk.slack.submit(desk.user(MARCUS), view, given)
    assert sentence in str(ack.body)
    assert "third/model" not in await command(desk, MARCUS, "models")


async def test_form_for_a_model_refuses_environment_variables_that_hold_no_model_key(
    desk: Desk, served: Provider
) -> None:
    view = await form(desk, MARCUS, "model-add")
    for name in ("DATABASE_URL", "LLM_KEY_OF_NOBODY"):
        given = {"name": "third/model", "base_url": served.url, "key_name": name}
        ack = await desk.slack.submit(desk.user(MARCUS), view, given)
        assert ack.body["response_action"] == "errors"
    assert served.requests == []


async def test_address_that_no_client_can_open_is_refused_in_the_form(desk: Desk) -> None:
    view = await form(desk, MARCUS, "model-add")
    for url in ("http://host:abc/v1", "http://[::1/v1", "https://\u202e/v1"):
        given = {"name": "third/model", "base_url": url, "key_name": "LLM_KEY_OTHER"}
        ack = await desk.slack.submit(desk.user(MARCUS), view, given)
        assert "Please check “Address" in ack.body["errors"]["base_url"]


async def test_model_from_llm_models_cannot_be_removed_by_command(desk: Desk) -> None:
    assert "comes from LLM_MODELS" in await command(desk, MARCUS, "model-remove first")


# ---- zero data retention


def flagged(request: Json) -> bool:
    return bool(request.get("provider") == KEEPS_NOTHING["provider"])


async def test_only_models_that_keep_nothing_are_asked_under_zero_data_retention(
    desk: Desk, served: Provider, owner: Engine
) -> None:
    add(owner, served, "routed/model", "openrouter")
    add(owner, served, "local/model", "other", keeps=True)
    answer = await desk.ask(PRIYA, "who is Marcus?")
    await choose(desk, PRIYA, answer, "second/model")
    said = await command(desk, MARCUS, "zero-retention on")
    assert "Only routed/model, local/model may be asked now" in said
    served.requests.clear()
    served.script = [fails(402)]
    failed = await desk.ask(PRIYA, "hello", thread=answer.thread_ts)
    assert asked(served) == ["routed/model", "local/model"]
    assert [flagged(request) for request in served.requests] == [True, False]
    assert "first/model" not in str(failed.blocks)
    assert "first/model" not in await command(desk, PRIYA, "models")


async def test_zero_data_retention_applies_from_the_next_call_of_a_running_turn(
    desk: Desk, served: Provider, owner: Engine
) -> None:
    add(owner, served, "routed/model", "openrouter")

    async def switched() -> Any:
        await command(desk, MARCUS, "zero-retention on")
        return fails(402)()

    served.script = [switched, says("There you are.")]
    await desk.ask(PRIYA, "who is Marcus?")
    assert asked(served) == ["first/model", "routed/model"]
    assert flagged(served.requests[1])


REPEATED = {
    "after an error": fails(503),
    "without streaming": fails(400, {"error": {"message": "stream is not supported"}}),
    "shorter": fails(400, {"error": {"code": "context_length_exceeded"}}),
    "with plain tools": fails(400, {"error": {"message": "invalid schema for function"}}),
}


@pytest.mark.parametrize("kind", REPEATED)
@pytest.mark.parametrize("removed", [False, True])
async def test_retry_is_not_sent_to_a_model_forbidden_since_the_first_attempt(
    desk: Desk, served: Provider, owner: Engine, kind: str, removed: bool
) -> None:
    add(owner, served, "routed/model", "openrouter")

    async def forbidden() -> Any:
        if removed:
            with owner.begin() as connection:
                connection.execute(
                    text("DELETE FROM models WHERE name LIKE '%/model' AND position < 101")
                )
        else:
            await command(desk, MARCUS, "zero-retention on")
        return REPEATED[kind]()

    served.script = [forbidden, says("There you are.")]
    answer = await desk.ask(PRIYA, "who is Marcus?")
    assert asked(served) == ["first/model", "routed/model"]
    assert flagged(served.requests[1]) is not removed
    assert "There you are." in str(answer.blocks)


async def test_rules_answer_under_zero_data_retention_if_no_model_keeps_nothing(
    desk: Desk, served: Provider
) -> None:
    await command(desk, MARCUS, "zero-retention on")
    answer = await desk.ask(PRIYA, "who is Marcus?")
    assert words(answer).startswith("Zero data retention is on, and none of the desk's")
    assert "Marcus Oyelaran" in str(answer.blocks)
    assert "keeps nothing" in await command(desk, MARCUS, "model-test first")
    assert served.requests == []
    await command(desk, MARCUS, "zero-retention off")
    await desk.ask(PRIYA, "who is Marcus?")
    assert asked(served) == ["first/model"]
