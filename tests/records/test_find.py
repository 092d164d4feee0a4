"""Finding records: filters, sorts, pages, counts, and names in place of ids."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest
from sqlalchemy import Engine, text

from services.context import Audience, Role
from services.entities.base import Entity
from services.entities.machine import Machine
from services.entities.person import Person, zone_of
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


async def test_get_finds_a_record_of_any_type_by_its_name(acting_as: ActingAs) -> None:
    async with acting_as(PRIYA) as ctx:
        names = {"lt-praman": "MAC-5", "Second SSD": "TKT-54", "okafor": "USR-6"}
        names["calculation archive gone"] = "TKT-54"  # words of its description
        for name, key in (names | {"Daniel, IT": "USR-6", "praman 5680": "MAC-5"}).items():
            assert key in str(await TOOLS["get"](ctx, records=name)).partition("\n")[0]
        with pytest.raises(DeskError, match="Several records fit “praman”"):
            await TOOLS["get"](ctx, records="praman")
        with pytest.raises(DeskError, match="no record of that id or name"):
            await TOOLS["get"](ctx, records="Screens go black")  # a ticket that she does not see


async def test_words_of_which_one_does_not_fit_get_the_near_records_named(
    acting_as: ActingAs,
) -> None:
    async with acting_as(DANIEL) as ctx:
        with pytest.raises(DeskError, match=r"Did you mean Site cabin in Swansea .*\(TKT-\d+"):
            await TOOLS["get"](ctx, records="site cabin swansea offline")
        with pytest.raises(DeskError, match="Try fewer words"):
            await TOOLS["get"](ctx, records="the laptop of Zed")
    async with acting_as(PRIYA) as ctx:
        with pytest.raises(DeskError, match="Try fewer words"):
            await TOOLS["get"](ctx, records="site cabin swansea offline")  # not hers


async def test_machine_argument_accepts_the_holders_name_with_words_about_the_machine(
    acting_as: ActingAs,
) -> None:
    named = {
        "Emre T480": "MAC-27",
        "emre's machine": "MAC-27",
        "Priya’s laptop": "MAC-5",
        "Priya Raman's tower": "MAC-6",
        "Jonas' Latitude": "MAC-14",
    }
    async with acting_as(DANIEL) as ctx:
        for words, key in named.items():
            tickets = await TOOLS["find_tickets"](ctx, machine=words)
            assert f"machine {key}" in tickets.as_text()
        for words, said in {
            "Priya's machine": "Several machines fit",
            "Priya's ThinkPad": "I found no machine called",
            "Dell laptop": "I found no machine called",
        }.items():
            with pytest.raises(DeskError, match=said):
                await TOOLS["find_tickets"](ctx, machine=words)
    async with acting_as(PRIYA) as ctx:
        with pytest.raises(DeskError, match="I found no machine called"):
            await TOOLS["find_tickets"](ctx, machine="Emre T480")


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


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_counts_by_month_agree_with_the_filter_in_any_time_zone(
    acting_as: ActingAs, owner: Engine, zone: str
) -> None:
    with owner.begin() as connection:
        connection.execute(text(f"UPDATE people SET tz = '{zone}' WHERE id = {DANIEL}"))
        created = "make_timestamptz(2025, 1 + id::int % 9, 1, id::int % 24, 0, 0, 'UTC')"
        connection.execute(text(f"UPDATE tickets SET created_at = {created} - interval '12 hours'"))
    async with acting_as(DANIEL) as ctx:
        counts = str(await TOOLS["find_tickets"](ctx, status="any", group_by=["created month"]))
        for month, count in re.findall(r"- (\d{4}-\d\d): (\d+)", counts):
            page = await TOOLS["find_tickets"](ctx, status="any", created=month)
            assert page.total == int(count), month


@pytest.mark.parametrize("name", ["Europe", "x" * 300, "../UTC", "", "Middle/Earth", "a\0b"])
def test_unknown_time_zone_reads_as_utc(name: str) -> None:
    assert zone_of(name).key == "UTC"


def test_postgres_knows_every_time_zone_of_people(owner: Engine) -> None:
    names = [name for name in available_timezones() if zone_of(name).key == name]
    with owner.connect() as connection:
        query = text("SELECT timezone(name, now()) FROM unnest(CAST(:names AS text[])) name")
        assert len(connection.execute(query, {"names": names}).all()) == len(names)


async def test_texts_and_tags_are_found_by_themselves_in_any_case_and_script(
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
