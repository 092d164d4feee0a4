"""The built-in rules turn sentences that ask for lists into filters."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agent.offline.listing import read_listing
from services.agent.offline.offers import problem_in
from services.agent.offline.spans import SPAN, span
from services.tools import TOOLS
from tests.services.offline import complete, first_call, user

TODAY = datetime.now(UTC).date()
OPEN, NOBODY = {"status": "open"}, "nobody"

TICKETS: list[tuple[str, dict[str, Any]]] = [
    ("show me urgent tickets", {"priority": "Urgent"}),
    ("high or urgent tickets", {"priority": ["High", "Urgent"]}),
    ("what's open for the network team", {"status": "open", "team": "network"}),
    (
        "open tickets of the workplace hardware team",
        {"status": "open", "team": "workplace hardware"},
    ),
    ("how many open tickets does each team have?", {"status": "open", "group_by": "team"}),
    ("tickets by priority", {"group_by": "priority"}),
    ("tickets nobody has touched for two weeks", {"changed": ">2w"}),
    ("tickets older than 30 days", {"created": ">30d"}),
    ("high priority tickets assigned to me", {"priority": "High", "assignee": "me"}),
    ("tickets from yesterday", {"status": "any", "created": "yesterday"}),
    ("tickets reported in the last 3 days", {"status": "any", "created": "<3d"}),
    ("unassigned tickets", {"assignee": NOBODY}),
    ("tickets that have no assignee", {"assignee": NOBODY}),
    ("tickets that nobody is working on", {"assignee": NOBODY}),
    ("oldest open tickets", {"status": "open", "sort": "created"}),
    ("tickets about vpn from yesterday", {"words": "vpn", "status": "any", "created": "yesterday"}),
    ("tickets tagged site=berlin", {"tags": "site=berlin"}),
    ("tickets without a team", {"team": "none"}),
    ("tickets I am watching", {"watcher": "me"}),
    ("who opened the most tickets", {"group_by": "requester", "status": "any"}),
    ("how many open per team", {"status": "open", "group_by": "team"}),
    ("anything on fire?", {"priority": "Urgent"}),
    ("high prio, unassigned", {"priority": "High", "assignee": NOBODY}),
    ("is my ticket done yet?", {"requester": "me", "status": "any"}),
]
MACHINES: list[tuple[str, dict[str, Any]]] = [
    ("laptops assigned to nobody", {"type": "Laptop", "holder": NOBODY}),
    ("machines which are not given to anybody", {"holder": NOBODY}),
    ("laptops without any user", {"type": "Laptop", "holder": NOBODY}),
    ("which machines have less than 16 GB of ram", {"ram": "<16"}),
    ("how many laptops do we have per model", {"type": "Laptop", "group_by": "model"}),
    ("machines out of warranty", {"warranty": "<today"}),
    ("laptops bought in 2024", {"type": "Laptop", "purchased": "2024-01-01..2024-12-31"}),
    ("overdue machines", {"expected_back": "<today"}),
    ("servers in maintenance", {"type": "Server", "status": "Maintenance"}),
    ("which machines run windows server", {"words": "windows server"}),
    ("machines in Bristol", {"words": "Bristol"}),
]
PEOPLE: list[tuple[str, dict[str, Any]]] = [
    ("who has no machine?", {"machine": "none"}),
    ("who is in the network team", {"team": "network"}),
    ("list all technicians", {"role": "technician"}),
    ("who works in Structural Engineering", {"department": "Structural Engineering"}),
]


@pytest.mark.parametrize(
    ("tool", "words", "filters"),
    [
        *(("find_tickets", *each) for each in TICKETS),
        *(("find_machines", *each) for each in MACHINES),
        *(("find_people", *each) for each in PEOPLE),
        ("find_teams", "who fixes network problems?", {"words": "network"}),
        ("find_teams", "which team looks after printers", {"words": "printers"}),
    ],
)
def test_sentence_that_asks_for_a_list_becomes_filters(
    tool: str, words: str, filters: dict[str, Any]
) -> None:
    assert first_call(words) == (tool, filters)


@pytest.mark.parametrize(
    "words", ["my screen flickers", "I need a new mouse", "reset my password", "vpn broken again"]
)
def test_described_problem_is_offered_as_a_ticket_instead_of_a_list(words: str) -> None:
    answer = str(complete([user(words)])["content"])
    assert problem_in(answer).lower() == words.lower()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("since 7 days ago", "<7d"),
        ("before 2 weeks ago", ">2w"),
        ("3 days ago", "2026-11-28"),
        ("since last week", ">=2026-11-23"),
        ("since this month", ">=2026-12-01"),
        ("over the weekend", "2026-11-28..2026-11-29"),
        ("last weekend", "2026-11-28..2026-11-29"),
        ("between 1 and 15 november", "2026-11-01..2026-11-15"),
        ("between 99 and 15 november", ""),
        ("since 24 november", ">=2026-11-24"),
        ("last tuesday", "2026-11-24"),
        ("on friday", "2026-11-27"),
        ("on 29 february", ""),
    ],
)
def test_day_without_a_year_is_read_as_a_past_one(words: str, expected: str) -> None:
    found = re.fullmatch(SPAN, words)
    assert found
    assert span(found, date(2026, 12, 1)) == expected


def test_day_of_a_warranty_is_read_as_a_future_one() -> None:
    assert first_call("laptops whose warranty ends before 1 january") == (
        "find_machines",
        {"type": "Laptop", "warranty": f"<{TODAY.year + 1}-01-01"},
    )


@pytest.mark.parametrize("words", ["delete all tickets", "close all tickets of Priya"])
def test_questions_that_ask_for_no_list_do_not_become_lists(words: str) -> None:
    assert not complete([user(words)]).get("tool_calls")


WORDS = (
    "show all my open urgent tickets machines laptops people teams who what did Priya close with"
    " for the network team since monday last week in 2024 november older than 3 days 32 gb ram by"
    " status per month assigned to nobody me about vpn most oldest"
)
PARTS = st.sampled_from(WORDS.split())


@given(st.lists(PARTS, max_size=12).map(" ".join))
def test_any_sentence_that_becomes_a_list_uses_only_filters_of_the_tool(words: str) -> None:
    found = read_listing(words, date(2026, 11, 29))
    if found:
        assert found.filters.keys() <= TOOLS[found.kind.tool].parameters.keys()
