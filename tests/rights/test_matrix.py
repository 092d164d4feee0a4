"""Each surface shows each viewer exactly the records that docs/rights.md allows."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from psycopg import AsyncCursor
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import text

from bot.cli.serve import web_view
from bot.runtime import Runtime
from bot.slack.app import build_app
from services.context import Audience, Role
from services.entities.base import Entity, find_ids
from services.entities.registry import ENTITY_TYPES
from services.storage.database import Database
from services.tools import TOOLS, Tool
from tests.rights.surfaces import SURFACES, WITHOUT_RECORDS, Shown, Stage, Unsaved
from tests.rights.world import (
    ABSENT,
    ELSEWHERE,
    REQUESTER,
    RULES,
    TECHNICIAN,
    VIEWERS,
    Viewer,
    World,
    tables_of_the_docs,
)
from tests.stories.test_odd_arguments import fitting


@pytest.fixture(scope="module")
async def unsaved(world: World) -> AsyncIterator[Unsaved]:
    database = Unsaved(world.url)
    yield database
    await database.close()


@pytest.fixture
def stage(world: World, unsaved: Unsaved) -> Stage:
    return Stage(world, unsaved)


@pytest.mark.parametrize("name", SURFACES)
async def test_each_surface_shows_each_viewer_exactly_what_the_docs_allow(
    stage: Stage, name: str, record_property: Any
) -> None:
    surface, cells, leaks, gaps = SURFACES[name], 0, [], []
    for viewer in surface.viewers:
        shown = Shown()
        await surface.run(stage, viewer, shown)
        cells += len(stage.world.rows)
        leaks += [f"{viewer.name}: {leak}" for leak in leaks_of(stage.world, viewer, shown)]
        gaps += [f"{viewer.name}: {gap}" for gap in gaps_of(name, stage.world, viewer, shown)]
    record_property("cells", cells)
    record_property("leaks", len(leaks))
    assert leaks == []
    assert gaps == []


def leaks_of(world: World, viewer: Viewer, shown: Shown) -> list[str]:
    """Return hidden records that opened or changed, or whose id or words were shown."""
    words = "\n".join(shown.words)
    named = shown.opened | set(find_ids(words))
    hidden = (key for key in world.rows if not world.sees(viewer, key))
    told = [key for key in hidden if key in named or (world.mark(key) or "\0") in words]
    surface_changed = [key for key in shown.changed if not world.sees(viewer, key)]
    return told + surface_changed + shown.wrong


def gaps_of(name: str, world: World, viewer: Viewer, shown: Shown) -> list[str]:
    """Return records that opened or changed against the docs, or did not although they should."""
    surface, gaps = SURFACES[name], set()
    if surface.opens:
        gaps |= shown.opened ^ surface.opens(world, viewer)
    if surface.changes:
        gaps |= shown.changed ^ surface.changes(world, viewer)
    return sorted(gaps)


# ---- hidden and absent records look the same


def hidden_from(world: World, viewer: Viewer, prefix: str) -> str | None:
    return next(
        (key for key in world.made if key[:3] == prefix[:3] and not world.sees(viewer, key)), None
    )


def seen_by(world: World, viewer: Viewer, kind: type[Entity]) -> str:
    """Return a record of the kind that the viewer sees, or an absent id if there is none."""
    own = world.visible(viewer, f"{kind.prefix}-") & set(world.made)
    return min(own, default=f"{kind.prefix}-{ABSENT}")


def typical_of(tool: Tool, parameter: str) -> type[Entity]:
    """Return a type of record that the parameter accepts."""
    kind = tool.entities[parameter]
    return kind if hasattr(kind, "prefix") else ENTITY_TYPES["TKT"]


@pytest.mark.parametrize("viewer", [*VIEWERS, ELSEWHERE], ids=lambda each: each.name)
async def test_tools_answer_alike_for_hidden_and_absent_records(
    stage: Stage, viewer: Viewer
) -> None:
    for tool in TOOLS.values():
        required = tool.arguments.model_json_schema().get("required", [])
        for parameter, kind in tool.entities.items():
            for prefix in [kind.prefix] if hasattr(kind, "prefix") else ENTITY_TYPES:
                key = hidden_from(stage.world, viewer, prefix)
                if key is None:
                    continue
                given = {
                    name: seen_by(stage.world, viewer, typical_of(tool, name))
                    if name in tool.entities
                    else fitting(tool.parameters[name])
                    for name in required
                    if name != parameter
                }
                plural = tool.schema["function"]["parameters"]["properties"][parameter]
                answers: list[str] = []
                for each in (key, f"{prefix}-{ABSENT}"):
                    value = [each] if plural.get("type") == "array" else each
                    said = await stage.call(viewer, tool.name, **{**given, parameter: value})
                    answers.append(str(said).replace(each, "KEY"))
                assert answers[0] == answers[1]
                not_for_you = f"This is for {tool.needs.name}s."
                assert answers[0].startswith(("There is no ", not_for_you))


@pytest.mark.parametrize("viewer", [REQUESTER, TECHNICIAN], ids=lambda each: each.name)
async def test_asking_for_a_hidden_or_absent_record_runs_the_same_statements(
    stage: Stage, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    execute = AsyncCursor.execute

    async def noting(cursor: AsyncCursor[Any], query: Any, *given: Any, **named: Any) -> Any:
        statements.append(query)
        return await execute(cursor, query, *given, **named)

    monkeypatch.setattr(AsyncCursor, "execute", noting)
    for tool, parameter in (("get", "record"), ("add_note", "on")):
        asked = []
        for key in (hidden_from(stage.world, viewer, "TKT"), f"TKT-{ABSENT}"):
            statements.clear()
            given = {"text": "words"} if tool == "add_note" else {}
            await stage.call(viewer, tool, **given, **{parameter: key})
            asked.append(list(statements))
        assert asked[0] == asked[1]


# ---- the matrix covers everything


def test_every_tool_is_called_in_the_rights_tests() -> None:
    assert {tool for each in SURFACES.values() for tool in each.tools} == TOOLS.keys()


def test_every_slack_listener_is_called_in_the_rights_tests() -> None:
    runtime = SimpleNamespace(
        slack=AsyncWebClient(token="xoxb-1"),
        settings=SimpleNamespace(slack_signing_secret="secret"),
    )
    app = build_app(cast(Runtime, runtime))
    found = {listener.ack_function.__name__ for listener in app._async_listeners}
    exercised = {name for each in SURFACES.values() for name in each.listeners}
    assert found == exercised | WITHOUT_RECORDS


async def test_every_web_route_is_called_in_the_rights_tests(stage: Stage) -> None:
    async def healthy() -> bool:
        return True

    found = {route.path for route in web_view(stage.runtime, healthy)}
    assert {route for each in SURFACES.values() for route in each.routes} == found


def test_every_record_type_has_test_records_and_rows_in_the_rights_docs(world: World) -> None:
    assert {key.split("-")[0] for key in world.made} == ENTITY_TYPES.keys()
    documented = {kind.removeprefix("private ").removeprefix("internal ") for kind, _ in RULES}
    others = {"setting", "channel", "language model"}
    assert documented == {kind.noun for kind in ENTITY_TYPES.values()} | others


# ---- the other tables of the docs


def _consent(tool: Tool) -> str:
    if tool.consent:
        return "maybe"
    return "words" if tool.writes and not tool.by_hand else "no"


def test_rights_docs_list_exactly_the_tools_of_the_code() -> None:
    written = {row[0]: row[1:] for row in tables_of_the_docs()["Tools"][1:]}
    assert written == {
        tool.name: [
            tool.needs.name,
            "yes" if tool.writes else "no",
            _consent(tool),
        ]
        for tool in TOOLS.values()
    }


def test_rights_docs_list_exactly_the_audiences_of_the_code() -> None:
    heading, *rows = tables_of_the_docs()["Audiences"]
    written = {row[0]: row[2:] for row in rows}
    roles = [Role[name] for name in heading[2:]]
    assert written == {
        audience.name: [
            Viewer("", "", 1, role, audience).actor.effective_role.name for role in roles
        ]
        for audience in Audience
    }


async def test_tools_run_with_the_effective_role_of_the_audience(
    world_database: Database, world: World
) -> None:
    stage = Stage(world, world_database)
    for viewer, role in ((TECHNICIAN, "desk_technician"), (ELSEWHERE, "desk_requester")):
        async with stage.acting(viewer) as ctx:
            assert await ctx.fetch_all(text("SELECT current_user AS role")) == [{"role": role}]
