"""Finding records: filters, sorts, pages and counts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.context import Audience, Role
from services.entities.base import Entity
from services.entities.machine import Machine
from services.entities.person import Person
from services.entities.query import sorts_of
from services.entities.ticket import Ticket
from services.errors import DeskError
from services.tools import TOOLS, Page
from tests.fixtures import DANIEL, MARCUS, PRIYA
from tests.stories.telling import ActingAs

PAUSED = ("On Hold", "Awaiting")
FINDERS = {"find_tickets": Ticket, "find_machines": Machine, "find_people": Person}


def ago(**passed: int) -> datetime:
    return datetime.now(UTC) - timedelta(**passed)


def month(moment: datetime) -> str:
    return f"{moment:%Y-%m}"


FILTERS: list[tuple[str, dict[str, Any], Callable[[Any], bool]]] = [
    ("find_tickets", {}, lambda t: t.status != "Closed"),
    ("find_tickets", {"status": "open"}, lambda t: t.status != "Closed"),
    ("find_tickets", {"status": ["OPEN", "closed"]}, lambda t: True),
    ("find_tickets", {"status": "only open"}, lambda t: t.status == "Open"),
    (
        "find_tickets",
        {"status": ["On Hold", "Awaiting"]},
        lambda t: "a" in t.status or "H" in t.status,
    ),
    ("find_tickets", {"status": "any", "priority": "urgent"}, lambda t: t.priority == "Urgent"),
    ("find_tickets", {"status": "any", "assignee": "nobody"}, lambda t: t.assignee_id is None),
    ("find_tickets", {"status": "any", "assignee": "me"}, lambda t: t.assignee_id == DANIEL),
    ("find_tickets", {"status": "any", "requester": "priya"}, lambda t: t.requester_id == PRIYA),
    ("find_tickets", {"status": "any", "team": "none"}, lambda t: t.team_id is None),
    ("find_tickets", {"status": "any", "team": "Network"}, lambda t: t.team_id == 2),
    ("find_tickets", {"status": "any", "created": "<14d"}, lambda t: t.created_at > ago(days=14)),
    ("find_tickets", {"status": "any", "changed": ">1w"}, lambda t: t.updated_at < ago(days=7)),
    (
        "find_tickets",
        {"status": "any", "created": month(ago(days=20))},
        lambda t: month(t.created_at) == month(ago(days=20)),
    ),
    (
        "find_tickets",
        {"status": "any", "closed": "<30d"},
        lambda t: t.closed_at and t.closed_at > ago(days=30),
    ),
    ("find_machines", {"ram": ">=64"}, lambda m: (m.ram_gb or 0) >= 64),
    ("find_machines", {"ram": "32"}, lambda m: m.ram_gb == 32),
    ("find_machines", {"ram": 32}, lambda m: m.ram_gb == 32),
    ("find_machines", {"ram": "16..32"}, lambda m: 16 <= (m.ram_gb or 0) <= 32),
    ("find_machines", {"storage": ">1 TB"}, lambda m: (m.storage_gb or 0) > 1024),
    (
        "find_machines",
        {"holder": "nobody", "type": "laptop"},
        lambda m: not m.person_id and m.type == "Laptop",
    ),
    ("find_machines", {"graphics": "rtx"}, lambda m: "RTX" in m.graphics_card),
    ("find_machines", {"make": "dell", "ram": "<64"}, lambda m: m.make == "Dell" and m.ram_gb < 64),
    ("find_people", {"department": "structural"}, lambda p: "Structural" in p.department),
    ("find_people", {"role": ["technician", "admin"]}, lambda p: p.role != "requester"),
    ("find_people", {"active": False}, lambda p: not p.active),
]


async def pages(ctx: Any, tool: str, **given: Any) -> list[str]:
    """Return the ids of every page, and check the total of each."""
    found: list[str] = []
    while True:
        page = await TOOLS[tool](ctx, **given)
        assert isinstance(page, Page)
        found += [ref.id for ref in page.refs]
        if page.next is None:
            assert page.total == len(found)
            return found
        given["after"] = page.next


@pytest.mark.parametrize(("tool", "given", "fits"), FILTERS)
async def test_filter_finds_exactly_the_records_that_fulfil_its_condition(
    acting_as: ActingAs, tool: str, given: dict[str, Any], fits: Callable[[Any], bool]
) -> None:
    async with acting_as(DANIEL) as ctx:
        kind = FINDERS[tool]
        everything = await kind.fetch_all(ctx, kind.query())
        found = await pages(ctx, tool, **given)
    assert sorted(found) == sorted(each.key for each in everything if fits(each))
    assert found


@pytest.mark.parametrize("tool", FINDERS)
async def test_paging_through_a_list_in_any_sort_returns_each_record_once(
    acting_as: ActingAs, tool: str
) -> None:
    kind: type[Entity] = FINDERS[tool]
    given = {"status": "any"} if kind is Ticket else {}
    async with acting_as(DANIEL) as ctx:
        everything = {each.key for each in await kind.fetch_all(ctx, kind.query())}
        for name in sorts_of(kind):
            up = await pages(ctx, tool, sort=name, **given)
            down = await pages(ctx, tool, sort=f"-{name}", **given)
            assert len(up) == len(set(up)) == len(down)
            assert set(up) == set(down) == everything
        names = await pages(ctx, tool, sort="name", **given)
        titles = {each.key: each.title for each in await kind.fetch_all(ctx, kind.query())}
    assert [titles[key].lower() for key in names] == sorted(titles[key].lower() for key in names)


async def test_sort_argument_takes_precedence_over_a_sort_in_the_search_words(
    acting_as: ActingAs,
) -> None:
    async with acting_as(DANIEL) as ctx:
        page = await TOOLS["find_tickets"](ctx, words="sort:priority", sort="-created")
        assert page.order == "sorted by created, newest first"


@pytest.mark.parametrize("given", [{"sort": "created"}, {"words": "the"}])
async def test_argument_limit_sets_the_number_of_rows_on_a_page(
    acting_as: ActingAs, given: dict[str, Any]
) -> None:
    async with acting_as(DANIEL) as ctx:
        page = await TOOLS["find_tickets"](ctx, limit=3, **given)
        everything = await pages(ctx, "find_tickets", **given)
        assert await pages(ctx, "find_tickets", limit=3, **given) == everything
        with pytest.raises(DeskError, match="“Limit” must be a whole number of at most 50"):
            await TOOLS["find_tickets"](ctx, limit=51)
    assert [ref.id for ref in page.refs] == everything[:3]
    assert page.next == everything[2]


async def test_next_page_goes_on_although_the_record_before_it_has_left_the_list(
    acting_as: ActingAs,
) -> None:
    given: dict[str, Any] = {"words": "the", "status": "open", "limit": 3}
    async with acting_as(DANIEL) as ctx:
        everything = await pages(ctx, "find_tickets", **given)
        await TOOLS["update_tickets"](ctx, tickets=everything[2], status="Closed")
        page = await TOOLS["find_tickets"](ctx, after=everything[2], **given)
    assert [ref.id for ref in page.refs] == everything[3:6]
    assert page.total == len(everything) - 1


async def test_records_are_filtered_by_tag_link_and_holder(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        macs = await pages(ctx, "find_machines", tags="os=macOS 15")
        tagged = await pages(ctx, "find_machines", tags=["os", "location=berlin office"])
        network = await pages(ctx, "find_people", team="Network")
        without = await pages(ctx, "find_people", machine="none")
        teams = await pages(ctx, "find_teams", member="me")
        about = await pages(ctx, "find_tickets", machine="LT-PRAMAN-01", status="any")
        holders = {each.person_id for each in await Machine.fetch_all(ctx, Machine.query())}
        people = {each.id for each in await Person.fetch_all(ctx, Person.query())}
    assert set(macs) == {"MAC-1", "MAC-12", "MAC-22"}
    assert tagged == ["MAC-12"]
    assert set(network) == {"USR-3", "USR-6", "USR-8"}
    assert set(without) == {f"USR-{each}" for each in people - holders}
    assert set(teams) == {"TEAM-1", "TEAM-2", "TEAM-3"}
    assert "TKT-37" in about


async def test_counts_by_group_agree_with_the_list_of_the_same_records(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        teams = str(await TOOLS["find_tickets"](ctx, group_by=["team"]))
        closed = str(
            await TOOLS["find_tickets"](ctx, status="Closed", group_by=["assignee", "closed month"])
        )
        open_ones = await pages(ctx, "find_tickets")
        nobody = await pages(ctx, "find_tickets", team="none")
    assert teams.startswith(f"{len(open_ones)} tickets (status open = not Closed) by team:\n")
    assert f"\n- no team: {len(nobody)}" in teams
    assert "TEAM-3 Workplace Hardware: " in teams
    assert "USR-6 Daniel Okafor | 20" in closed


async def test_filter_finds_a_text_or_tag_in_any_case_and_script(
    acting_as: ActingAs,
) -> None:
    async with acting_as(MARCUS) as ctx:
        await TOOLS["update_person"](ctx, person="USR-5", location="İstanbul")
        await TOOLS["set_tags"](ctx, record="USR-5", tags=["İd=ΑΣ", "=x", "Größe=Ä"])
        for given in (
            {"location": "İstanbul"},
            {"location": "STANBUL"},
            {"tags": "İd=ΑΣ"},
            {"tags": "İd"},
            {"tags": "=x"},
            {"tags": "=X"},
            {"tags": "grÖße = ä"},
        ):
            assert await pages(ctx, "find_people", **given) == ["USR-5"], given
        assert await pages(ctx, "find_people", location="%") == []


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("find_tickets", {"requester": "anna"}, "Several people fit “anna”: "),
        ("find_tickets", {"requester": "anna schmidt"}, "requester USR-10 Anna Schmidt"),
        ("find_tickets", {"requester": "Anna, finance"}, "requested by USR-11 Anna Schmitt"),
        ("find_tickets", {"requester": "Tomas Wilk"}, "requested by USR-4 Tomasz Wilk"),
        ("find_tickets", {"requester": "Zora"}, "I found no person called “Zora”."),
        ("find_tickets", {"requester": "Zora\nB"}, "I found no person called “Zora B”."),
        ("find_tickets", {"requester": "anna\ns"}, "Several people fit “anna s”: "),
        ("find_tickets", {"requester": "x" * 201}, "“Requester” can have at most 200 characters."),
        ("find_tickets", {"tags": "x" * 101}, "“Tags” can have at most 100 characters."),
        ("find_tickets", {"tags": ["x"] * 11}, "“Tags” can have at most 10 at once."),
        ("get", {"records": "zzq\nqzz"}, "“zzq qzz”: I found no record"),
        ("find_tickets", {"team": "MAC-5"}, "MAC-5 is a machine"),
        ("find_tickets", {"created": "soon"}, "I can't read “soon”: use <7d"),
        ("find_machines", {"ram": "much"}, "I can't read “much”: use a number or range"),
        ("find_machines", {"warranty": "90d"}, ""),
    ],
)
async def test_wrong_value_of_a_filter_is_refused_with_an_example(
    acting_as: ActingAs, tool: str, given: dict[str, Any], said: str
) -> None:
    async with acting_as(DANIEL) as ctx:
        try:
            answer = (await TOOLS[tool](ctx, **given)).as_text()
        except DeskError as error:
            answer = str(error)
    assert said in answer


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("find_machines", {"status": "Available"}),
        ("find_machines", {"holder": "nobody"}),
        ("find_machines", {"words": "thinkpad"}),
        ("find_machines", {"group_by": ["model"]}),
        ("find_people", {"machine": "none"}),
        ("find_tickets", {"requester": "USR-1"}),
        ("find_tickets", {"assignee": "Daniel Okafor", "status": "any"}),
        ("find_tickets", {"words": "printer"}),
    ],
)
async def test_requester_is_told_that_lists_leave_out_hidden_records(
    acting_as: ActingAs, tool: str, given: dict[str, Any]
) -> None:
    async def said(*person: Any) -> str:
        async with acting_as(*person) as ctx:
            try:
                result = await TOOLS[tool](ctx, **given)
            except DeskError as error:
                return str(error)
        return result.as_text() if isinstance(result, Page) else str(result)

    own = await said(PRIYA)
    assert "I can only show you " in own
    assert not own.startswith("No ")
    elsewhere = await said(DANIEL, Role.technician, Audience.channel)
    assert "Others can read this channel" in elsewhere or "I can only show you" in elsewhere
    assert "I can only show you" not in await said(DANIEL)


async def test_list_of_own_records_does_not_say_that_others_are_hidden(acting_as: ActingAs) -> None:
    async with acting_as(PRIYA) as ctx:
        for tool, given in (
            ("find_machines", {"holder": "me"}),
            ("find_tickets", {"watcher": "me"}),
        ):
            page = await TOOLS[tool](ctx, **given)
            assert isinstance(page, Page)
            assert page.limited == ""


async def test_requester_cannot_filter_by_columns_that_cards_hide_from_them(
    acting_as: ActingAs,
) -> None:
    async with acting_as(PRIYA) as ctx:
        for given in ({"role": "admin"}, {"group_by": ["role"]}):
            with pytest.raises(DeskError, match="Only technicians can search people by role"):
                await TOOLS["find_people"](ctx, **given)
        page = await TOOLS["find_people"](ctx, words="Marcus")
    assert "Admin" not in page.as_text()
