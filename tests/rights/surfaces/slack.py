"""Commands, clicks, App Home and forms."""

from typing import Any

import orjson

from bot.slack.listeners import commands
from bot.slack.listeners.menus import as_button
from bot.slack.listeners.subcommands import COMMANDS
from bot.slack.render import blocks
from services.entities.base import load_visible
from services.entities.registry import ENTITY_TYPES
from services.tools import TOOLS, Tool
from services.tools.actions import Action
from services.tools.surfaces import CardButton
from tests.fixtures import PRIYA
from tests.rights.surfaces.registry import Run, keys, surface, typical
from tests.rights.surfaces.stage import Shown, Stage, all_words
from tests.rights.world import ABSENT, TURN, WORDS, Viewer


@surface("buttons of an answer", lambda world, viewer: world.visible(viewer), tools=["get"])
async def buttons(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async with stage.acting(viewer) as ctx:
        records = await load_visible(ctx, list(stage.world.rows))
        shown.opened = {record.key for record in records}
        shown.words = [record.ref.as_text() for record in records]


async def typed(stage: Stage, viewer: Viewer, name: str, said: str) -> str:
    body = {"command": name, "text": said, "user_id": viewer.slack_id}
    body |= {"channel_id": "C1", "trigger_id": "1"}
    shown = await commands.answer(stage.runtime, body)
    return all_words(shown) if shown else stage.said()


def command(name: str, *prefixes: str) -> Run:
    async def run(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        async def ask(key: str) -> str:
            return await typed(stage, viewer, name, key.lower())

        await stage.open_each(shown, stage.world.typical(viewer, *prefixes), ask)

    return run


def subcommand(name: str, word: str) -> Run:
    async def run(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        for said in ("", "zephyr", f"zephyr{PRIYA}", "zq-box", "emre", "a"):
            answer = await typed(stage, viewer, name, f"{word} {said}")
            shown.words.append(answer.replace("TKT-12", ""))  # the example of the help

    return run


for _name, _entries in COMMANDS.items():
    _prefixes = () if _name == "/itsm" else ("MAC", "TEAM")
    surface(
        f"command: {_name} and an id",
        typical(*_prefixes),
        listeners=["on_command"],
    )(command(_name, *_prefixes))
    for _word in _entries:
        surface(f"command: {_name} {_word}".strip() + " …")(subcommand(_name, _word))


def click(place: dict[str, Any], *prefixes: str) -> Run:
    async def run(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        async def ask(key: str) -> str:
            body = {
                "actions": [{"action_id": f"entity:{key}"}],
                "user": {"id": viewer.slack_id},
                "trigger_id": "1",
                **place,
            }
            await stage.clicks.on_record(stage.catch, body, stage.catch)
            return stage.said()

        await stage.open_each(shown, stage.world.typical(viewer, *prefixes), ask)

    return run


_SHOWN = {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "an answer"}}]}
_PLACES: dict[str, dict[str, Any]] = {
    "in a channel": {"container": {"channel_id": "C1"}, "message": _SHOWN},
    "in place": {"container": {"channel_id": "D1"}, "message": _SHOWN},
    "in App Home": {"container": {}, "view": {"type": "home"}},
    "in a dialog": {"container": {}, "view": {"type": "modal"}},
}
for _name, _place in _PLACES.items():
    _prefixes = () if _name == "in a channel" else ("TKT", "MAC", "USR")
    surface(f"click {_name}", typical(*_prefixes), listeners=["on_record"])(
        click(_place, *_prefixes)
    )


@surface("App Home", listeners=["on_opened"])
async def app_home(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.home.on_opened({"tab": "home", "user": viewer.slack_id})
    await stage.home.on_opened({"tab": "messages", "user": viewer.slack_id, "channel": "D1"})
    shown.words.append(stage.said())


@surface(
    "form for a ticket",
    listeners=["on_new_ticket", "on_ticket_from_message", "on_open", "on_submit", "on_options"],
)
async def form(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    values = {"name": {"value": {"value": "new"}}, "description": {"value": {"value": ""}}}
    body: dict[str, Any] = {
        "user": {"id": viewer.slack_id},
        "trigger_id": "1",
        "message": {"text": "a message"},
        "view": {"callback_id": "form:create_ticket", "state": {"values": values}},
    }
    await stage.forms.on_new_ticket(stage.catch, body, stage.catch)
    await stage.forms.on_ticket_from_message(stage.catch, body, stage.catch)
    press = {"action_id": "form:create_ticket:New ticket", "value": "{}"}
    await stage.forms.on_open(stage.catch, {**body, "actions": [press]}, stage.catch)
    await stage.forms.on_submit(stage.catch, body)
    for prefix in ENTITY_TYPES:
        for said in ("zephyr", "e", f"{prefix}-1", f"zephyr{PRIYA}"):
            menu = {"action_id": f"record:{prefix}", "value": said}
            await stage.forms.on_options(stage.catch, {**body, **menu})
    shown.words.append(stage.said())


@surface("menu of a ticket's links", listeners=["on_offered"])
async def links(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    menu = {"action_id": "offered:unlink_tickets:to", "user": {"id": viewer.slack_id}}
    for key in keys(stage.world, "TKT"):
        form = {"private_metadata": orjson.dumps({"given": {"ticket": key}}).decode()}
        await stage.forms.on_offered(stage.catch, {**menu, "view": form})
    shown.words.append(stage.said())


def choose(tool: Tool, button: CardButton) -> Run:
    """Choose the button's option in the menu “⋯” of records, also of unseen ones."""

    async def run(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        async def ask(key: str) -> str:
            action = Action(button.label, tool, {button.parameter: key, **button.given}, more=True)
            [menu] = blocks.more_menu(key, [action])
            chosen = as_button({**menu, "selected_option": menu["options"][0]})
            body = {"actions": [chosen], "user": {"id": viewer.slack_id}, "trigger_id": "1"}
            listener = stage.forms.on_open if action.opens_form else stage.clicks.on_tool
            await listener(stage.catch, body, stage.catch)
            return stage.said()

        prefixes = (kind.prefix for kind in button.on)
        await stage.open_each(shown, stage.world.typical(viewer, *prefixes), ask)

    return run


for _tool in TOOLS.values():
    for _button in (each for each in _tool.buttons if each.more):
        surface(f"menu of a card: {_button.label}")(choose(_tool, _button))


@surface("click: steer somebody else's turn", listeners=["on_stop", "on_retry"])
async def steer(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for number in (TURN, ABSENT):
        click = {
            "actions": [{"value": str(number)}],
            "user": {"id": viewer.slack_id},
            "message": {"text": "", "blocks": []},
        }
        await stage.steering.on_stop(stage.catch, click, stage.catch)
        await stage.steering.on_retry(stage.catch, click, stage.catch)
        shown.wrong += [] if stage.said().strip("[]{}\n ") == "" else ["steering tells"]


@surface("click: decide for somebody else", listeners=["on_decision"])
async def decide(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    told = []
    for number in (TURN, ABSENT):
        for choice in (blocks.APPROVE, blocks.REFUSE):
            click = {
                "actions": [{"action_id": choice, "value": str(number)}],
                "user": {"id": viewer.slack_id},
            }
            await stage.decisions.on_decision(stage.catch, click, stage.catch)
            told.append(stage.said())
    shown.wrong += [] if len(set(told)) == 1 else [f"a decision tells: {told}"]


@surface(
    "click: rate somebody else's answer",
    tools=["rate_answer", "show_feedback"],
    listeners=["on_rate"],
)
async def rate(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    told = []
    for number in (TURN, ABSENT):
        value = f'{{"turn": {number}, "helped": true}}'
        click = {
            "actions": [{"action_id": "rate:rate_answer", "value": value}],
            "user": {"id": viewer.slack_id},
        }
        await stage.ratings.on_rate(stage.catch, click, stage.catch)
        told.append(stage.said())
    shown.wrong += [] if len(set(told)) == 1 else [f"a rating tells: {told}"]
    counts = str(await stage.call(viewer, "show_feedback"))
    may = stage.world.cell(viewer.column, "setting", "any").startswith("see")
    shown.wrong += [] if counts.startswith("Nobody has rated") == may else [counts]


@surface(
    "click: list own conversations, and delete somebody else's",
    tools=["delete_conversation"],
    listeners=["on_all", "on_delete"],
)
async def conversations(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    body: dict[str, Any] = {"user": {"id": viewer.slack_id}, "view": {"type": "home"}}
    told = []
    for number in (TURN, ABSENT):
        click = {**body, "actions": [{"value": str(number)}]}
        await stage.talks.on_delete(stage.catch, click, stage.catch)
        told.append(stage.said())
    shown.wrong += [] if len(set(told)) == 1 else [f"deleting tells: {told}"]
    await stage.talks.on_all(stage.catch, body, stage.catch)
    shown.wrong += [WORDS] if WORDS in stage.said() else []
