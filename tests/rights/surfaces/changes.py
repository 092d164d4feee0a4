"""Tools that change records or settings, called as a model calls them."""

import json

from services.context import Role
from services.entities.registry import ENTITY_TYPES
from tests.fixtures import EMRE, HELENA
from tests.rights.surfaces.registry import Expected, Run, keys, made, surface, typical
from tests.rights.surfaces.stage import Shown, Stage
from tests.rights.world import ABSENT, TURN, VIEWERS, Viewer, World


def may_change(prefix: str) -> Expected:
    return lambda world, viewer: {
        key for key in keys(world, prefix) if world.may(viewer, key).endswith("change")
    }


@surface("tool: change a ticket", made("TKT"), may_change("TKT"), tools=["update_tickets"])
async def update_tickets(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        given = {"tickets": [key], "description": "now otherwise"}
        return str(await stage.call(viewer, "update_tickets", **given))

    answers = await stage.open_each(shown, keys(stage.world, "TKT"), ask)
    shown.changed = {key for key, answer in answers.items() if "now otherwise" in answer}


def may_watch(verb: str, person: int) -> Expected:
    return lambda world, viewer: {
        key for key in keys(world, "TKT") if verb in world.may_watch(viewer, key, person)
    }


def watch(verb: str, person: int, done: str) -> Run:
    async def run(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        async def ask(key: str) -> str:
            given = {"ticket": key, "person": f"USR-{person}", "stop": verb == "remove"}
            return str(await stage.call(viewer, "watch", **given))

        answers = await stage.open_each(shown, keys(stage.world, "TKT"), ask)
        shown.changed = {key for key, answer in answers.items() if done in answer}

    return run


for _verb, _person, _done in (("add", EMRE, f"USR-{EMRE}"), ("remove", HELENA, "no longer watch")):
    surface(f"tool: {_verb} a watcher", made("TKT"), may_watch(_verb, _person), tools=["watch"])(
        watch(_verb, _person, _done)
    )


def may_note(internal: bool) -> Expected:
    """Expect notes on the records where the viewer would see the note."""
    return lambda world, viewer: {
        f"{row['on_kind']}-{row['on_id']}"
        for key, row in ((key, world.rows[key]) for key in keys(world, "NOTE"))
        if row["internal"] == internal and world.sees(viewer, key)
    }


def add_notes(internal: bool) -> Run:
    async def add_note(stage: Stage, viewer: Viewer, shown: Shown) -> None:
        noted = may_note(internal)(stage.world, VIEWERS[1]) | {f"TEAM-{ABSENT - 1}"}

        async def ask(key: str) -> str:
            given = {"on": key, "text": "a new note", "internal": internal}
            return str(await stage.call(viewer, "add_note", **given))

        wanted = [
            key for key in keys(stage.world, *ENTITY_TYPES) if key in noted or key[:3] == "TKT"
        ]
        answers = await stage.open_each(shown, wanted, ask)
        shown.changed = {key for key, answer in answers.items() if "a new note" in answer}
        shown.words = [answer for answer in shown.words if "a new note" not in answer]

    return add_note


for _internal in (False, True):
    surface(
        f"tool: add {'an internal' if _internal else 'a'} note",
        None,
        may_note(_internal),
        tools=["add_note"],
    )(add_notes(_internal))


@surface("tool: a ticket about a machine", made("MAC"), tools=["create_ticket"])
async def create_ticket(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        given = {"name": "about it", "machines": [key]}
        answer = str(await stage.call(viewer, "create_ticket", **given))
        return f"created about {key}" if answer.startswith("Created TKT-") else answer

    if viewer.person:
        await stage.open_each(shown, keys(stage.world, "MAC"), ask)


@surface("tool: undo what somebody else did", tools=["undo"], listeners=["on_tool"])
async def undo(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    told = [await stage.call(viewer, "undo", turn=turn) for turn in (TURN, ABSENT)]
    for turn in (TURN, ABSENT):
        click = {
            "actions": [{"action_id": "tool:undo:Undo", "value": json.dumps({"turn": turn})}],
            "user": {"id": viewer.slack_id},
            "container": {"channel_id": "C1"},
        }
        await stage.clicks.on_tool(stage.catch, click, stage.catch)
        told.append(stage.said())
    shown.wrong += [] if told[0] == told[1] and told[2] == told[3] else [f"undo tells: {told}"]


@surface("tool: history of a record", typical(), tools=["history"])
async def history(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        return str(await stage.call(viewer, "history", record=key))

    await stage.open_each(shown, stage.world.typical(viewer), ask)
    shown.words.append(str(await stage.call(viewer, "history")))


@surface("tool: limits", tools=["set_limit", "show_limits"])
async def limits(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    told = [
        str(await stage.call(viewer, "set_limit", limit="turns_per_person", per_hour=5)),
        str(await stage.call(viewer, "show_limits")),
    ]
    may = stage.world.cell(viewer.column, "setting", "any").endswith("change")
    shown.wrong += [each for each in told if ("an hour" in each) != may]


def administered(world: World, viewer: Viewer) -> set[str]:
    """Return the people whose role this viewer may set."""
    people = {key for key in keys(world, "USR") if world.may(viewer, key).endswith("change")}
    return people if viewer.actor.effective_role == Role.admin else set()


@surface(
    "tool: set a role",
    administered,
    lambda world, viewer: administered(world, viewer) - {f"USR-{viewer.person}"},
    tools=["set_role"],
)
async def set_role(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        return str(await stage.call(viewer, "set_role", person=key, role="technician"))

    answers = await stage.open_each(shown, keys(stage.world, "USR"), ask)
    shown.changed = {
        key for key, said in answers.items() if not said.startswith("You can't change your own")
    }


@surface("tool: mark a channel", tools=["mark_channel"])
async def mark_channel(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    said = str(await stage.call(viewer, "mark_channel", channel="C1", desk=True))
    may = stage.world.cell(viewer.column, "channel", "any").endswith("change")
    if said.startswith("This channel is the desk's own") != may:
        shown.wrong.append(f"mark_channel says: {said}")


@surface(
    "tool: Slack accounts and settings",
    tools=["show_account_conflicts", "relink", "change_settings"],
)
async def accounts(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    told = {
        "nothing to decide": await stage.call(viewer, "show_account_conflicts"),
        "nothing to decide about": await stage.call(
            viewer, "relink", person=f"USR-{EMRE}", account="U0NOBODY00"
        ),
        "“Guests”: off": await stage.call(viewer, "change_settings", guests=False),
    }
    may = stage.world.cell(viewer.column, "setting", "any").endswith("change")
    shown.wrong += [str(said) for words, said in told.items() if (words in str(said)) != may]


@surface(
    "tool: language models",
    tools=[
        "show_models",
        "prefer_model",
        "choose_model",
        "add_model",
        "test_model",
        "put_model_first",
        "order_models",
        "remove_model",
        "show_privacy",
        "show_budget",
    ],
    listeners=["on_offered"],
)
async def language_models(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    address = {"base_url": "http://127.0.0.1:9/v1", "key_name": "LLM_KEY_OF_NOBODY"}
    changed = {
        "has no variable": await stage.call(viewer, "add_model", name="other", **address),
        "also has no variable": await stage.call(viewer, "test_model", model="stock/model"),
        "is the default now": await stage.call(viewer, "put_model_first", model="stock/model"),
        "is number 1 of": await stage.call(viewer, "order_models", model="stock/model", place=1),
    }
    seen = {
        "stock/model": await stage.call(viewer, "show_models"),
        "answers you": await stage.call(viewer, "prefer_model", model="stock/model"),
        "models.example": await stage.call(viewer, "show_privacy"),
        "Only people who ask": await stage.call(
            viewer, "choose_model", model="stock/model", turn=TURN
        ),
    }
    menu = {"action_id": "offered:test_model:model", "user": {"id": viewer.slack_id}}
    await stage.forms.on_offered(stage.catch, menu)
    changed["stock/model"] = stage.said()
    shown.words.append(str(await stage.call(viewer, "show_budget")))
    gone = {"is removed": await stage.call(viewer, "remove_model", model="stock/model")}
    rule = stage.world.cell(viewer.column, "language model", "any")
    for may, told in ((rule.endswith("change"), changed | gone), (rule.startswith("see"), seen)):
        found = {words.removeprefix("also "): str(said) for words, said in told.items()}
        shown.wrong += [said for words, said in found.items() if (words in said) != may]
