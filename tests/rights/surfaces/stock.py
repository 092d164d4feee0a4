"""Tools that change machines, tags, teams, people and notes, called as a model calls them."""

from typing import Any

from services.context import Role
from tests.fixtures import EMRE
from tests.rights.surfaces.changes import may_change
from tests.rights.surfaces.registry import Expected, keys, made, surface
from tests.rights.surfaces.stage import Shown, Stage
from tests.rights.world import TECHNICIAN, Viewer, World

NEW = {"machine": {"name": "ZQ-NEW", "type": "Laptop"}, "team": {"name": "New squad"}}


def changed_by(lowest: Role, prefix: str) -> Expected:
    """Expect the records that the viewer may change, if their role may use the tool."""
    return lambda world, viewer: (
        may_change(prefix)(world, viewer) if viewer.actor.effective_role >= lowest else set()
    )


@surface(
    "tool: hand out a machine",
    changed_by(Role.technician, "MAC"),
    changed_by(Role.technician, "MAC"),
    tools=["update_machines"],
)
async def update_machines(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        given = {"machines": [key], "holder": f"USR-{EMRE}", "location": "otherwhere"}
        return str(await stage.call(viewer, "update_machines", **given))

    answers = await stage.open_each(shown, keys(stage.world, "MAC"), ask)
    shown.changed = {key for key, answer in answers.items() if "otherwhere" in answer}


def tagged(world: World) -> dict[str, str]:
    """Return the tags made for these tests by the records that they are on."""
    tags = [world.rows[key] | {"tag": key} for key in keys(world, "TAG")]
    return {f"{row['on_kind']}-{row['on_id']}": row["tag"] for row in tags}


def may_tag(world: World, viewer: Viewer) -> set[str]:
    """Expect the records whose tags the viewer may change."""
    return {key for key, tag in tagged(world).items() if world.may(viewer, tag).endswith("change")}


@surface("tool: tag a record", may_tag, may_tag, tools=["set_tags"])
async def set_tags(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        given = {"tags": ["site=otherwhere"]}
        return str(await stage.call(viewer, "set_tags", record=key, **given))

    answers = await stage.open_each(shown, tagged(stage.world), ask)
    shown.changed = {key for key, answer in answers.items() if "otherwhere" in answer}


@surface(
    "tool: change a team",
    changed_by(Role.admin, "TEAM"),
    changed_by(Role.admin, "TEAM"),
    tools=["update_team"],
)
async def update_team(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        given = {"team": key, "description": "now otherwise"}
        return str(await stage.call(viewer, "update_team", **given))

    answers = await stage.open_each(shown, keys(stage.world, "TEAM"), ask)
    shown.changed = {key for key, answer in answers.items() if "now otherwise" in answer}


@surface("tool: add machines and teams", tools=["create_machine", "create_team"])
async def create(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for noun, needs in (("machine", Role.technician), ("team", Role.admin)):
        said = str(await stage.call(viewer, f"create_{noun}", **NEW[noun]))
        may = viewer.person is not None and viewer.actor.effective_role >= needs
        shown.wrong += [] if said.startswith("Created ") == may else [said]


@surface(
    "tool: change a person",
    changed_by(Role.technician, "USR"),
    changed_by(Role.technician, "USR"),
    tools=["update_person"],
)
async def update_person(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        given = {"person": key, "location": "otherwhere", "manager": f"USR-{EMRE}"}
        return str(await stage.call(viewer, "update_person", **given))

    answers = await stage.open_each(shown, keys(stage.world, "USR"), ask)
    itself = {f"USR-{EMRE}"} & answers.keys()  # nobody is their own manager
    shown.changed = {key for key, said in answers.items() if "otherwhere" in said} | itself


@surface("tool: edit a note", made("NOTE"), may_change("NOTE"), tools=["edit_note"])
async def edit_note(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        return str(await stage.call(viewer, "edit_note", note=key, text="said otherwise"))

    answers = await stage.open_each(shown, keys(stage.world, "NOTE"), ask)
    shown.changed = {key for key, answer in answers.items() if "said otherwise" in answer}


def may_link(world: World, viewer: Viewer) -> set[str]:
    """Expect the tickets that the viewer sees, if their role may link tickets."""
    return changed_by(Role.technician, "TKT")(world, viewer)


@surface(
    "tool: link and merge tickets",
    may_link,
    may_link,
    tools=["link_tickets", "unlink_tickets", "merge_tickets"],
)
async def merge_tickets(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    """Try each ticket on both sides of a link and of a merge."""
    other = next(iter(stage.world.visible(TECHNICIAN, "TKT-") - set(stage.world.made)))
    calls = (
        lambda key: ("link_tickets", {"ticket": key, "to": other, "kind": "related"}),
        lambda key: ("link_tickets", {"ticket": other, "to": key, "kind": "related"}),
        lambda key: ("unlink_tickets", {"ticket": key, "to": other}),
        lambda key: ("unlink_tickets", {"ticket": other, "to": key}),
        lambda key: ("merge_tickets", {"tickets": [key], "into": other}),
        lambda key: ("merge_tickets", {"tickets": [other], "into": key}),
    )
    opened: list[set[str]] = []
    for made_call in calls:

        async def ask(key: str, made_call: Any = made_call) -> str:
            tool, given = made_call(key)
            return str(await stage.call(viewer, tool, **given))

        now = Shown()
        answers = await stage.open_each(now, keys(stage.world, "TKT"), ask)
        opened.append(set(answers))
        shown.words += now.words
    shown.opened = shown.changed = opened[0]
    shown.wrong += [] if all(each == opened[0] for each in opened) else [f"differing: {opened}"]
