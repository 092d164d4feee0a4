"""Models and roles inside the form of settings: buttons, and forms above it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.playground import payloads
from tests.fixtures import MARCUS, PRIYA, Desk, open_desk
from tests.services.provider import Provider, llm, provider, says
from tests.stories.telling import Thinking, command
from tests.stories.test_models import PAIR, add, asked
from tests.stories.test_settings import settings

THREE = ("first/model", "second/model", "third/model")


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Provider]:
    for name in ("LLM_API_KEY", "LLM_KEY_OTHER"):
        monkeypatch.setenv(name, "sk-other")
    async with provider(says("There you are.")) as served:
        yield served


@pytest.fixture
async def desk(fresh_database: str, tmp_path: Path, served: Provider) -> AsyncIterator[Desk]:
    async with open_desk(
        fresh_database, tmp_path, **llm(served.url) | {"llm_models": THREE}
    ) as desk:
        yield desk


def models(view: Any) -> list[str]:
    """Return the names in the list of the form, in order."""
    sections = [each for each in view.content["blocks"] if each["type"] == "section"]
    texts = [str(each["text"]["text"]) for each in sections]
    return [each.split(" (")[0] for each in texts if each[0].isdigit()]


async def press(desk: Desk, view: Any, model: str, label: str) -> None:
    """Press the button with this label beside this model."""
    blocks = view.content["blocks"]
    [place] = [at for at, each in enumerate(blocks) if f" {model} (" in str(each.get("text"))]
    buttons = blocks[place + 1]["elements"]
    [button] = [each for each in buttons if each["text"]["text"] == label]
    slack = desk.slack
    author, moment = slack.user(desk.user(MARCUS)), slack.next_ts()
    action = payloads.action(blocks[place + 1]["block_id"], button, moment, {})
    body = payloads.view_actions(author, view, action, {}, slack.new_trigger(author.id))
    await slack.delivery.interaction(body)


async def on_top(desk: Desk, words: str) -> Any:
    def found() -> Any:
        view = desk.slack.modal(desk.user(MARCUS))
        return view if view and words in str(view.content) else None

    return await desk.slack.until(found)


async def test_admin_changes_the_order_of_the_language_models(desk: Desk, served: Provider) -> None:
    view = await settings(desk)
    assert models(view) == ["1. first/model", "2. second/model", "3. third/model"]
    await press(desk, view, "third/model", "Move up")
    await desk.slack.until(lambda: models(view)[1] == "2. third/model")
    await press(desk, view, "second/model", "Make default")
    await desk.slack.until(lambda: models(view)[0] == "1. second/model")
    assert desk.slack.modal(desk.user(MARCUS)) is view
    await desk.ask(PRIYA, "who is Marcus?")
    assert asked(served) == ["second/model"]
    assert "is number 3 of 3 now" in await command(desk, MARCUS, "model-order second 9")


async def test_order_of_the_language_models_outlives_a_restart(
    desk: Desk, fresh_database: str, tmp_path: Path, served: Provider
) -> None:
    await command(desk, MARCUS, "model-order third 2")
    settings_of_server = llm(served.url) | {"llm_models": THREE}
    async with open_desk(fresh_database, tmp_path, **settings_of_server) as again:
        view = await settings(again)
        assert models(view) == ["1. first/model", "2. third/model", "3. second/model"]


async def test_language_model_is_added_and_removed_in_the_form_of_settings(
    desk: Desk, served: Provider
) -> None:
    view = await settings(desk)
    await desk.slack.press(desk.user(MARCUS), view, "Add a model")
    form = await on_top(desk, "form:add_model")
    served.script = [PAIR, says("Noon in both.")]
    given = {"name": "fourth/model", "base_url": served.url, "key_name": "LLM_KEY_OTHER"}
    await desk.slack.submit(desk.user(MARCUS), form, given)
    await desk.slack.until(lambda: models(view)[3:] == ["4. fourth/model"])
    await press(desk, view, "fourth/model", "Remove")
    await desk.slack.until(lambda: len(models(view)) == len(THREE))


async def test_result_of_a_slow_model_test_is_shown_in_a_dialog_above_the_form(
    desk: Desk, served: Provider, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.listeners.press.PATIENCE", 0.2)
    add(owner, served, "fourth/model", "other")
    view = await settings(desk)
    slow = Thinking()
    served.script = [slow]
    await press(desk, view, "fourth/model", "Test")
    await on_top(desk, "taking longer than usual")
    slow.go.set()
    await on_top(desk, "did not call the tool")
    assert models(view)[3] == "4. fourth/model"


async def test_role_is_changed_in_a_form_above_the_form_of_settings(desk: Desk) -> None:
    view = await settings(desk)
    before = view.hash
    await desk.slack.press(desk.user(MARCUS), view, "Change a role")
    form = await on_top(desk, "form:set_role")
    person = {"value": f"USR-{PRIYA}", "text": {"type": "plain_text", "text": "Priya"}}
    await desk.slack.submit(desk.user(MARCUS), form, {"person": person, "role": "technician"})
    await on_top(desk, "Technician")
    await desk.slack.until(lambda: view.hash != before)
