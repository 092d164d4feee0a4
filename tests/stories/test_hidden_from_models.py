"""Columns that admins hide reach no language model by any tool; people see them as before."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from bot.slack.people.identity import actor_for, identify
from services.agent.tool_calls import OFFERED
from services.agent.transcript import LEFT_OUT
from services.context import acting
from services.entities.hiding import HIDDEN, hideable
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, Desk
from tests.services.provider import Provider, calls, says
from tests.stories.telling import after, command, desk_with
from tests.stories.test_odd_arguments import fitting
from tests.stories.test_settings import fields, saved, settings

TEXTS = {
    "people": ("job_title", "department", "location"),
    "machines": ("location", "make", "model", "processor", "graphics_card"),
    "tickets": ("description", "resolution"),
    "notes": ("text",),
    "tags": ("value",),
    "teams": ("description",),
}
OTHERS = {
    "people": {"email": "CASE id WHEN 10 THEN 'zqemail@alderway.example' ELSE email END"},
    "machines": {
        "serial_number": "id || 'zqserial'",
        "ram_gb": "73311",
        "storage_gb": "73322",
        "purchased_on": "date '2031-03-05'",
        "warranty_until": "date '2031-03-06'",
        "expected_back": "date '2031-03-07'",
    },
    "notes": {"author_id": f"CASE id WHEN 1 THEN {MARCUS} ELSE author_id END"},
}
MARKS = ("zq", "73311", "73322", "2031-03")

READING = [
    ("current_time", {}),
    *(("get", {"records": key, "with_history": True}) for key in ("TKT-12", "MAC-2", "USR-2")),
    *(("get", {"records": key, "with_history": True}) for key in ("NOTE-1", "TAG-1", "TEAM-2")),
    ("history", {}),
    *((f"find_{plural}", {}) for plural in ("tickets", "machines", "people", "teams")),
    *((f"find_{plural}", {"words": "alphaword"}) for plural in ("tickets", "machines", "people")),
    ("find_people", {"group_by": ["department"]}),
    ("find_people", {"sort": "location"}),
    ("find_machines", {"group_by": ["make"]}),
    ("find_machines", {"sort": "-ram"}),
    ("find_machines", {"ram": ">1"}),
    ("find_machines", {"warranty": ">2020-01-01"}),
    ("find_tickets", {"tags": ["site"], "status": "any"}),
    ("find_tickets", {"words": "location:x"}),
    ("get", {"records": "USR-99999"}),
    ("update_person", {"person": "ma"}),
]
WRITING = [
    ("add_note", {"on": "USR-2", "text": "On leave."}),
    ("edit_note", {"note": "NOTE-1", "text": "Now corrected."}),
    ("update_person", {"person": "USR-2", "location": "Basel", "department": "IT"}),
    ("update_machines", {"machines": ["MAC-2"], "make": "Lenovo", "ram": 16}),
    ("update_tickets", {"tickets": ["TKT-12"], "description": "Short."}),
    ("set_tags", {"record": "USR-2", "tags": ["site=basel"]}),
    ("set_tags", {"record": "USR-2", "remove": ["site"]}),
    ("create_ticket", {"name": "VPN drops every hour", "description": "Since Monday."}),
    ("create_machine", {"name": "spare-9", "type": "Laptop", "serial_number": "S9"}),
    ("create_team", {"name": "Night shift", "description": "Nights."}),
    ("update_team", {"team": "TEAM-2", "description": "Servers."}),
    ("watch", {"ticket": "TKT-12"}),
    ("link_tickets", {"ticket": "TKT-12", "to": "TKT-14", "kind": "related"}),
    ("merge_tickets", {"tickets": ["TKT-14"], "into": "TKT-12"}),
    ("set_digest", {"switch": "on"}),
    ("undo", {}),
]
_named = {name for name, _ in (*READING, *WRITING)}
for _name, _tool in OFFERED.items():
    if _name not in _named:
        _given = {each.name: fitting(each) for each in _tool.parameters.values() if each.required}
        (WRITING if _tool.writes else READING).append((_name, _given))
AT_ONCE = 6
"""How many calls a model makes in one step: so few that their results are not shortened."""


def mark(owner: Engine) -> None:
    """Give every column that can be hidden a unique value."""
    for table, columns in TEXTS.items():
        values = {each: f"'alphaword zq{each}'" for each in columns} | OTHERS.get(table, {})
        changes = ", ".join(f"{column} = {value}" for column, value in values.items())
        with owner.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET {changes}"))


async def asked(desk: Desk, served: Provider, *made: Any, thread: str | None = None) -> Any:
    """Ask a question that the model answers after these calls, and approve consent cards."""
    served.script = [calls(*made), says("There.")]
    answer = await desk.ask(MARCUS, "please do it", thread=thread)
    if "consent:approve" in str(answer.blocks):
        await desk.slack.press(desk.user(MARCUS), answer, "Approve")
        return await after(desk, answer)
    return answer


async def read(desk: Desk, served: Provider) -> str:
    """Make all calls that change nothing, and return everything that the model was sent."""
    for start in range(0, len(READING), AT_ONCE):
        await asked(desk, served, *READING[start : start + AT_ONCE])
    return str(served.requests)


async def hide(desk: Desk, names: tuple[str, ...] = hideable()) -> None:
    await saved(desk, await settings(desk), hidden_from_models=list(names))


async def test_no_tool_shows_a_model_the_value_of_a_hidden_column(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    mark(owner)
    async with desk_with(fresh_database, tmp_path) as (desk, served):
        await hide(desk)
        await read(desk, served)
        thread = None
        for each in WRITING:
            answer = await asked(desk, served, each, thread=thread)
            thread = answer.thread_ts
        shown = str(served.requests)
    assert [each for each in MARKS if each in shown] == []
    assert shown.count(HIDDEN) > len(READING)


async def test_model_reads_the_values_of_columns_that_are_not_hidden(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    mark(owner)
    async with desk_with(fresh_database, tmp_path) as (desk, served):
        shown = await read(desk, served)
    assert [each for each in MARKS if each not in shown] == []


async def test_people_see_the_values_of_columns_that_are_hidden_from_models(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    mark(owner)
    async with desk_with(fresh_database, tmp_path) as (desk, _):
        await hide(desk)
        for person in (MARCUS, DANIEL):
            assert "zqlocation" in await command(desk, person, "usr-2")
        view = fields(await settings(desk))["hidden_from_models"]["element"]
        assert len(view["initial_options"]) == len(hideable())
        assert "people: location" in await command(desk, MARCUS, "audit")


async def test_notes_on_people_can_be_hidden_without_those_on_tickets(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    async with desk_with(fresh_database, tmp_path) as (desk, served):
        await hide(desk, ("people.notes",))
        await noted(desk, f"USR-{MARCUS}", "zqperson")
        await noted(desk, "TKT-12", "zqticket")
        both = ("get", {"records": f"USR-{MARCUS}"}), ("get", {"records": "TKT-12"})
        await asked(desk, served, *both, ("history", {}))
        shown = str(served.requests)
    assert "zqticket" in shown
    assert "zqperson" not in shown


async def test_value_read_before_its_column_was_hidden_is_sent_to_no_model(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    mark(owner)
    async with desk_with(fresh_database, tmp_path) as (desk, served):
        await saved(desk, await settings(desk), hidden_from_models=["people.job_title"])
        served.script = [calls(("get", {"records": "USR-2"})), says("MAC-2 is at zqlocation.")]
        before = await desk.ask(MARCUS, "where is my laptop, zqwords?")
        await hide(desk, ("people.job_title", "people.location"))
        served.requests.clear()
        await asked(desk, served, ("get", {"records": "USR-2"}), thread=before.thread_ts)
        shown = str(served.requests)
        assert "zqlocation" not in shown
        assert "zqwords" in shown
        assert f"{LEFT_OUT} MAC-2" in shown
        await hide(desk, ("people.job_title",))
        await asked(desk, served, ("get", {"records": "USR-2"}), thread=before.thread_ts)
    assert "zqlocation" in str(served.requests)


async def noted(desk: Desk, key: str, words: str) -> None:
    person = await identify(desk.runtime, desk.user(MARCUS))
    async with acting(desk.runtime.database, actor_for(person)) as ctx:
        await TOOLS["add_note"](ctx, on=key, text=words)
