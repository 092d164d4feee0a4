"""Tools that read and find records, called as a model calls them."""

from datetime import UTC, datetime, timedelta

from bot.slack.listeners.lists import lists_of
from bot.slack.outbox.digest import LISTS
from bot.slack.render.blocks import digest
from services.entities.attached import Attached
from services.entities.base import find_ids
from services.entities.filters import Filter
from services.entities.query import filters_of, groups_of, sorts_of
from services.entities.record_filters import OfRecord
from services.entities.registry import ENTITY_TYPES
from services.tools import Page
from tests.fixtures import DANIEL, EMRE, MARCUS, PRIYA
from tests.rights.surfaces.registry import keys, listed, made, me, surface, typical
from tests.rights.surfaces.stage import Shown, Stage, all_words
from tests.rights.world import Viewer, World

NOTED = [prefix for prefix, kind in ENTITY_TYPES.items() if not issubclass(kind, Attached)]
"""The types of records that notes can be on."""


@surface("tool: any record", typical(), tools=["get"])
async def get(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        return str(await stage.call(viewer, "get", records=key, with_history=True))

    await stage.open_each(shown, stage.world.typical(viewer), ask)


@surface("tool: notes of a record", made("NOTE"), tools=["get"])
async def notes(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    async def ask(key: str) -> str:
        return str(await stage.call(viewer, "get", records=key))

    answers = await stage.open_each(shown, keys(stage.world, *NOTED), ask)
    lines = [line for said in answers.values() for line in said.splitlines()]
    named = find_ids("\n".join(line for line in lines if line.startswith("- NOTE-")))
    shown.opened = {key for key in named if key in stage.world.made and key.startswith("NOTE-")}


@surface("tool: all tickets", listed("TKT"), tools=["find_tickets"])
async def find_tickets(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "find_tickets", status="any")


@surface(
    "tool: tickets of a person",
    listed("TKT", requester_id=lambda _: EMRE, assignee_id=lambda _: None),
    tools=["find_tickets"],
)
async def tickets_of(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    if viewer.person:
        given = {"requester": f"USR-{EMRE}", "assignee": "nobody", "status": "any"}
        await stage.pages(shown, viewer, "find_tickets", **given)


@surface("tool: tickets of a team", tools=["find_tickets"])
async def tickets_of_team(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for key in stage.world.visible(viewer, "TEAM-"):
        await stage.pages(shown, viewer, "find_tickets", team=key, status="any")


@surface("tool: own tickets", listed("TKT", requester_id=me), tools=["find_tickets"])
async def own_tickets(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    if viewer.person:
        await stage.pages(shown, viewer, "find_tickets", requester="me", status="any")


@surface("tool: own queue", listed("TKT", assignee_id=me), tools=["find_tickets"])
async def own_queue(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    if viewer.person:
        await stage.pages(shown, viewer, "find_tickets", assignee="me", status="any")


@surface("tool: own machines", listed("MAC", person_id=me), tools=["find_machines"])
async def own_machines(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    if viewer.person:
        await stage.pages(shown, viewer, "find_machines", holder="me")


@surface(
    "tool: machines of a person",
    lambda world, viewer: {
        key for key in world.visible(viewer, "MAC-") if world.rows[key]["person_id"]
    },
    tools=["find_machines"],
)
async def machines_of(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for key in stage.world.visible(viewer, "USR-"):
        await stage.pages(shown, viewer, "find_machines", holder=key)


@surface("tool: machines by specification", listed("MAC"), tools=["find_machines"])
async def find_machines(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "find_machines")


@surface("tool: machines by words", made("MAC"), tools=["find_machines"])
async def machines_by_words(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "find_machines", words="zq-box")


@surface("tool: tickets by words", made("TKT"), tools=["find_tickets"])
async def tickets_by_words(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for person in (PRIYA, DANIEL, MARCUS):
        await stage.pages(shown, viewer, "find_tickets", words=f"zephyr{person}")


@surface("tool: people", listed("USR"), tools=["find_people"])
async def find_people(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "find_people")


@surface("tool: teams", listed("TEAM"), tools=["find_teams"])
async def find_teams(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    await stage.pages(shown, viewer, "find_teams")


FINDERS = {
    "TKT": "find_tickets",
    "MAC": "find_machines",
    "USR": "find_people",
    "TEAM": "find_teams",
}


@surface("tool: every sort, and what it counts by every group", tools=FINDERS.values())
async def sorts_and_groups(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    """Check that each sort lists, and each group counts, exactly the visible records."""
    for prefix, tool in FINDERS.items():
        kind = ENTITY_TYPES[prefix]
        seen = len(stage.world.visible(viewer, f"{prefix}-"))
        given = {"status": "any"} if prefix == "TKT" else {}
        for name in sorts_of(kind):
            if allowed(viewer, filters_of(kind).get(name)):
                await stage.pages(shown, viewer, tool, sort=f"-{name}", **given)
        for name, each in groups_of(kind).items():
            said = str(await stage.call(viewer, tool, group_by=[name], **given))
            counted = [
                int(line.rpartition(": ")[2]) for line in said.splitlines() if line[:2] == "- "
            ]
            expected = seen if allowed(viewer, each) else 0
            shown.wrong += [] if sum(counted) == expected else [f"{tool} by {name}: {said}"]
            shown.words.append(said)


def allowed(viewer: Viewer, each: Filter | None) -> bool:
    return each is None or viewer.actor.effective_role >= each.needs


@surface("tool: every filter by a record", tools=FINDERS.values())
async def filters_by_record(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    """Check that filters take only visible records and list no hidden ones."""

    def seen(key: str) -> bool:
        return stage.world.sees(viewer, key)

    for prefix, tool in FINDERS.items():
        given = {"status": "any"} if prefix == "TKT" else {}
        for name, each in filters_of(ENTITY_TYPES[prefix]).items():
            if not isinstance(each, OfRecord):
                continue
            for key in keys(stage.world, each.target.prefix)[:4]:
                page = await stage.call(viewer, tool, **{name: key}, **given)
                listed = isinstance(page, Page)
                shown.wrong += [f"{tool} by {name} {key}"] if listed and not seen(key) else []
                shown.words.append(page.as_text() if isinstance(page, Page) else "")


@surface("tool: the time", tools=["current_time"])
async def current_time(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    shown.words.append(str(await stage.call(viewer, "current_time")))


def ageing(world: World, viewer: Viewer) -> set[str]:
    since = datetime.now(UTC) - timedelta(days=7)
    rows = {key: world.rows[key] for key in world.visible(viewer, "TKT-")}
    return {
        key for key, row in rows.items() if row["status"] != "Closed" and row["updated_at"] < since
    }


@surface("tool: ageing tickets", ageing, tools=["find_tickets"])
async def ageing_tickets(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    if viewer.person:
        await stage.pages(shown, viewer, "find_tickets", changed=">7d")


@surface("morning digest", tools=["set_digest"])
async def set_digest(stage: Stage, viewer: Viewer, shown: Shown) -> None:
    for switch in ("on", "off"):
        said = str(await stage.call(viewer, "set_digest", switch=switch))
        shown.wrong += [] if ("digest" in said) == bool(viewer.person) else [said]
    if not viewer.person:
        return
    async with stage.acting(viewer) as ctx:
        lists = await lists_of(ctx, LISTS)
    shown.opened = {ref.id for _, refs, _ in lists for ref in refs}
    shown.words.append(all_words(digest("", lists, "")))
