"""Search finds what people type: tickets, machines, people and teams, at every entrance."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, text

from bot.web.session import COOKIE
from services.entities.machine import Machine
from services.entities.person import Person
from services.entities.ticket import Ticket
from services.entities.typed_filters import Typed, split_filters
from services.errors import DeskError
from services.sessions import begin_session
from services.tools import TOOLS
from services.tools.page import Page
from tests.fixtures import DANIEL, PRIYA, Desk
from tests.services.phrases import GLUED, NONSENSE
from tests.stories.telling import ActingAs, command

Search = Callable[[str], Awaitable[str]]


@pytest.fixture
def tickets(owner: Engine) -> dict[str, str]:
    """Insert a ticket of Priya's for each text, alternately as its name and its description."""
    added = text(
        "INSERT INTO tickets (requester_id, name, description) VALUES (:requester, :name, :text)"
        " RETURNING 'TKT-' || id"
    )
    keys = {}
    with owner.begin() as connection:
        for number, stored in enumerate(dict.fromkeys(stored for stored, _ in GLUED)):
            name, body = (stored, "") if number % 2 else ("Something is wrong", f"Hi!\n{stored}")
            values = {"requester": PRIYA, "name": name, "text": body}
            keys[stored] = connection.scalar(added, values)
    return keys


async def assert_found(tickets: dict[str, str], search: Search) -> None:
    missed = [
        (stored, asked) for stored, asked in GLUED if tickets[stored] not in await search(asked)
    ]
    assert missed == []
    assert [asked for asked in NONSENSE if "TKT-" in await search(asked)] == []


@pytest.mark.parametrize("person", [PRIYA, DANIEL])
async def test_search_by_tool_finds_words_next_to_punctuation(
    acting_as: ActingAs, tickets: dict[str, str], person: int
) -> None:
    async with acting_as(person) as ctx:

        async def search(words: str) -> str:
            page = await TOOLS["find_tickets"](ctx, words=words)
            assert isinstance(page, Page)
            return page.as_text()

        await assert_found(tickets, search)


async def test_search_by_command_finds_words_next_to_punctuation(
    desk: Desk, tickets: dict[str, str]
) -> None:
    async def search(words: str) -> str:
        return await command(desk, DANIEL, f"search {words}", "/ticket")

    await assert_found(tickets, search)


async def test_search_on_the_web_finds_words_next_to_punctuation(
    desk: Desk, tickets: dict[str, str]
) -> None:
    cookies = {COOKIE: await begin_session(desk.runtime.database, PRIYA)}
    async with httpx2.AsyncClient(
        base_url=desk.slack.url.removesuffix("/playground"), cookies=cookies
    ) as browser:

        async def search(words: str) -> str:
            page = await browser.get("/tickets", params={"q": words})
            assert page.status_code == 200
            return page.text.partition("<main")[2]

        await assert_found(tickets, search)


MADE = """
INSERT INTO people (id, name, email) VALUES
    (901, 'José García', 'jg@alderway.example'), (902, 'Josephine Kemp', 'jk@alderway.example'),
    (903, 'Zoë Brontë', 'zb@alderway.example'), (904, 'Mary Ann O’Brien', 'maob@alderway.example'),
    (905, 'Ольга Петрова', 'op@alderway.example'), (906, '山田 太郎', 'ty@alderway.example');
INSERT INTO machines (id, name, type, model, serial_number, person_id) VALUES
    (901, 'WS-JGARCIA-07', 'Desktop', 'Precision 3680 Workstation', 'PF-3X9K-77', 901),
    (902, 'srv-build03.corp.alderway.example', 'Server', 'PowerEdge R760', 'C02ZK1WVMD6T', NULL);
INSERT INTO tags (on_kind, on_id, key, value) VALUES ('MAC', 901, 'system', 'Windows 11 24H2');
"""


@pytest.mark.parametrize(
    ("tool", "asked", "expected"),
    [
        ("find_people", "jose", "USR-901"),
        ("find_people", "JOSÉ GARCIA", "USR-901"),
        ("find_people", "joseph", "USR-902"),
        ("find_people", "Zoe\u0308", "USR-903"),
        ("find_people", "bronte, zoe", "USR-903"),
        ("find_people", "zb@alderway.example", "USR-903"),
        ("find_people", "<zb@alderway.example>", "USR-903"),
        ("find_people", "obrien", "USR-904"),
        ("find_people", "O'Brien", "USR-904"),
        ("find_people", "maryann", "USR-904"),
        ("find_people", "ПЕТРОВА", "USR-905"),
        ("find_people", "太郎", "USR-906"),
        ("find_machines", "PF\u20113X9K\u201177", "MAC-901"),
        ("find_machines", "pf3x9k77", "MAC-901"),
        ("find_machines", "PF-3X9K-77,", "MAC-901"),
        ("find_machines", "“PF 3X9K 77”", "MAC-901"),
        ("find_machines", "José's workstation", "MAC-901"),
        ("find_machines", "Garcia’s Precision", "MAC-901"),
        ("find_machines", "windows 11 24h2", "MAC-901"),
        ("find_machines", "build03", "MAC-902"),
        ("find_machines", "srv-build03.corp.alderway.example.", "MAC-902"),
        ("find_machines", "c02zk1wv", "MAC-902"),
    ],
)
async def test_search_finds_people_and_machines(
    acting_as: ActingAs, owner: Engine, tool: str, asked: str, expected: str
) -> None:
    with owner.begin() as connection:
        connection.execute(text(MADE))
    async with acting_as(DANIEL) as ctx:
        page = await TOOLS[tool](ctx, words=asked)
        assert isinstance(page, Page)
        best = page.refs[:1] if tool == "find_people" else page.refs
        assert expected in [ref.id for ref in best]


@pytest.mark.parametrize("asked", ["build03 -jose", "buidl03 -jose", "PowerEdge -windows"])
async def test_search_with_an_excluded_word_finds_a_machine_without_holder_and_tags(
    acting_as: ActingAs, owner: Engine, asked: str
) -> None:
    with owner.begin() as connection:
        connection.execute(text(MADE))
    async with acting_as(DANIEL) as ctx:
        page = await TOOLS["find_machines"](ctx, words=asked)
        assert isinstance(page, Page)
        assert "MAC-902" in [ref.id for ref in page.refs]
        page = await TOOLS["find_machines"](ctx, words="precision -jose")
        assert isinstance(page, Page)
        assert "MAC-901" not in [ref.id for ref in page.refs]


@pytest.mark.parametrize(("asked", "newest"), [("wombat", 1_000), ("womb", 300)])
async def test_heading_says_when_only_the_newest_matches_are_listed(
    acting_as: ActingAs, owner: Engine, asked: str, newest: int
) -> None:
    add = "INSERT INTO tickets (requester_id, name) SELECT 5, 'Wombat' FROM generate_series(1, :n)"
    async with acting_as(DANIEL) as ctx:
        for count, expected in ((newest - 1, False), (2, True)):
            with owner.begin() as connection:
                connection.execute(text(add), {"n": count})
            page = await TOOLS["find_tickets"](ctx, words=asked)
            counts = await TOOLS["find_tickets"](ctx, words=asked, group_by=["status"])
            assert isinstance(page, Page)
            assert (f"newest {newest} matches" in page.what) is expected
            assert (f"newest {newest} matches" in str(counts)) is expected


# ---- filters among the words

TYPED = [
    ("/ticket", "tickets", "status:open assignee:me", {"status": ["open"], "assignee": "me"}),
    ("/ticket", "tickets", 'team:"network and connectivity" -printer', {"team": "TEAM-2"}),
    ("/ticket", "tickets", "vpn priority:high,urgent", {"priority": ["High", "Urgent"]}),
    ("/ticket", "tickets", "updated:>7d status:any", {"changed": ">7d", "status": ["any"]}),
    ("/ticket", "tickets", "requester:“priya raman” status:any", {"requester": "USR-5"}),
    ("/machine", "machines", "ram:>=32 type:laptop", {"ram": ">=32", "type": "Laptop"}),
    ("/machine", "machines", "holder:nobody thinkpad", {"holder": "nobody"}),
    ("/machine", "machines", "Storage-Type:SSD make:dell", {"storage_type": "SSD"}),
]


@pytest.mark.parametrize(("name", "plural", "typed", "given"), TYPED)
async def test_filters_typed_among_the_search_words_are_those_of_the_tool(
    acting_as: ActingAs, name: str, plural: str, typed: str, given: dict[str, Any]
) -> None:
    kind = {"tickets": Ticket, "machines": Machine}[plural]
    split = split_filters(kind, typed)
    assert split.given.keys() >= given.keys()
    async with acting_as(DANIEL) as ctx:
        find = TOOLS[f"find_{plural}"]
        expected = await find(ctx, words=split.words, **split.given | given)
        assert await find(ctx, words=typed) == expected


@pytest.mark.parametrize(
    "words",
    ["error:5 on screen", "https://wiki.example", "note: broken", "status: open", "a:b", ":", "x:"],
)
def test_word_with_a_colon_that_is_no_filter_is_searched_for(words: str) -> None:
    assert split_filters(Ticket, words) == Typed(words, {}, [])


EXCLUDING: list[tuple[str, str, Callable[[Any], bool]]] = [
    ("tickets", "-status:closed", lambda t: t.status != "Closed"),
    ("tickets", "-status:open", lambda t: t.status == "Closed"),
    ("tickets", "-status:any", lambda t: False),
    ("tickets", "status:any -status:open,closed", lambda t: False),
    ("tickets", "status:any -priority:high -priority:low", lambda t: t.priority[0] in "NU"),
    ("tickets", "status:any -team:network -team:none", lambda t: t.team_id not in (2, None)),
    ("tickets", "status:any -assignee:me", lambda t: t.assignee_id != DANIEL),
    ("machines", "-holder:nobody -ram:>=32", lambda m: m.person_id and (m.ram_gb or 0) < 32),
    ("machines", "-Storage-Type:SSD", lambda m: m.storage_type != "SSD"),
    ("people", "-department:structural", lambda p: "Structural" not in p.department),
]


@pytest.mark.parametrize(("plural", "typed", "expected"), EXCLUDING)
async def test_filter_with_a_minus_excludes_the_records_that_fulfil_the_condition(
    acting_as: ActingAs, plural: str, typed: str, expected: Callable[[Any], bool]
) -> None:
    kind = {"tickets": Ticket, "machines": Machine, "people": Person}[plural]
    async with acting_as(DANIEL) as ctx:
        page = await TOOLS[f"find_{plural}"](ctx, words=typed)
        assert isinstance(page, Page)
        records = await kind.fetch_all(ctx, kind.query())
        fitting = {each.key for each in records if expected(each)}
    assert page.total == len(fitting) < len(records)
    assert {ref.id for ref in page.refs} <= fitting


async def test_minus_before_a_tag_link_or_word_excludes_records_that_have_it(
    acting_as: ActingAs, owner: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(text(MADE))
        connection.execute(text("INSERT INTO ticket_machines VALUES (54, 902)"))

    async def found(tool: str, words: str) -> list[str]:
        page = await TOOLS[tool](ctx, words=words)
        assert isinstance(page, Page)
        return [ref.id for ref in page.refs]

    async with acting_as(DANIEL) as ctx:
        assert "MAC-901" in await found("find_machines", "precision")
        assert "MAC-901" not in await found("find_machines", "precision -tag:system")
        assert "MAC-902" in await found("find_machines", "build03 -tag:system,site")
        assert "TKT-54" in await found("find_tickets", "TKT-54 -machine:MAC-1")
        assert "TKT-54" not in await found("find_tickets", "TKT-54 -machine:MAC-902")


async def test_requester_cannot_exclude_by_a_filter_that_they_may_not_use(
    acting_as: ActingAs,
) -> None:
    async with acting_as(PRIYA) as ctx:
        with pytest.raises(DeskError, match="your own machines"):
            await TOOLS["find_people"](ctx, words="-machine:none")


async def test_search_by_command_and_on_the_web_accepts_filters(desk: Desk) -> None:
    assert "TKT-12" in await command(desk, DANIEL, "assignee:me status:any", "/ticket")
    assert "TKT-12" not in await command(
        desk, DANIEL, "search assignee:nobody status:any", "/ticket"
    )
    cookies = {COOKIE: await begin_session(desk.runtime.database, DANIEL)}
    url = desk.slack.url.removesuffix("/playground")
    async with httpx2.AsyncClient(base_url=url, cookies=cookies) as browser:
        page = await browser.get("/tickets", params={"q": "assignee:me status:any"})
        assert 'href="/TKT-12"' in page.text
        page = await browser.get("/tickets", params={"q": "assignee:qzxvk"})
        assert "I found no person called “qzxvk”." in page.text
        page = await browser.get("/machines", params={"q": "ram:lots"})
        assert "such as 32" in page.text
