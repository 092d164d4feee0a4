"""The offline rules: requests for a change become the right tool call."""

from datetime import date
from typing import Any

import pytest

from services.agent.offline.slots import day
from services.tools import TOOLS
from tests.services.offline import calls, complete, first_call, user


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("open a ticket: VPN drops", {"name": "VPN drops"}),
        ("Please could you open a ticket: VPN drops", {"name": "VPN drops"}),
        ("create a ticket for my laptop won't charge", {"name": "My laptop won't charge"}),
        ("new ticket – VPN drops", {"name": "VPN drops"}),
        ("report a problem: VPN drops", {"name": "VPN drops"}),
        ("creat a tikcet: VPN drops", {"name": "VPN drops"}),
        ("ticket: VPN drops", {"name": "VPN drops"}),
        ("report that VPN drops", {"name": "VPN drops"}),
        ("open a ticket: VPN drops, high priority", {"name": "VPN drops", "priority": "High"}),
        ("open an urgent ticket: VPN drops", {"name": "VPN drops", "priority": "Urgent"}),
        (
            "open a ticket for MAC-5 and MAC-6: no power",
            {"name": "No power", "machines": ["MAC-5", "MAC-6"]},
        ),
        (
            "raise an issue: no power, assign it to USR-6",
            {"name": "No power", "assignee": "USR-6"},
        ),
        (
            "open a ticket: No power\nSince Monday: nothing.",
            {"name": "No power", "description": "No power\nSince Monday: nothing"},
        ),
    ],
)
def test_sentence_that_orders_a_ticket_becomes_a_call_with_all_fields(
    words: str, arguments: dict[str, Any]
) -> None:
    assert first_call(words) == ("create_ticket", arguments)


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("close TKT-12", {"status": "Closed"}),
        ("Can you close ticket 12, please?", {"status": "Closed"}),
        ("mark TKT-12 as done", {"status": "Closed"}),
        ("TKT-12 can be closed", {"status": "Closed"}),
        ("change the status of TKT-12 to closed", {"status": "Closed"}),
        ("I'm done with TKT-12", {"status": "Closed"}),
        ("reopen TKT-12", {"status": "Open"}),
        ("put TKT-12 on hold", {"status": "On Hold"}),
        ("mark ticket TKT-12 as awaiting", {"status": "Awaiting"}),
        ("assign TKT-12 to me", {"assignee": "me"}),
        ("I'll take TKT-12", {"assignee": "me"}),
        ("reassign TKT-12 to USR-6", {"assignee": "USR-6"}),
        ("unassign TKT-12", {"assignee": "nobody"}),
        ("remove the assignee from TKT-12", {"assignee": "nobody"}),
        ("assign TKT-12 to nobody", {"assignee": "nobody"}),
        ("rename TKT-12 to Dock is dead", {"name": "Dock is dead"}),
        ("change the title of TKT-12 to “Dock is dead”", {"name": "Dock is dead"}),
        ("set priority of TKT-12 to high", {"priority": "High"}),
        ("make ticket TKT-12 urgent", {"priority": "Urgent"}),
        ("set the description of TKT-12 to: no power", {"description": "no power"}),
    ],
)
def test_sentence_that_changes_a_ticket_becomes_the_right_call(
    words: str, changes: dict[str, Any]
) -> None:
    assert first_call(words) == ("update_tickets", {"tickets": ["TKT-12"], **changes})


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        (
            "hand MAC-37 to USR-19 until 2030-12-12",
            {"holder": "USR-19", "expected_back": "2030-12-12"},
        ),
        ("lend MAC-37 to me until 1 May 2030", {"holder": "me", "expected_back": "2030-05-01"}),
        ("give laptop MAC-37 to USR-19", {"holder": "USR-19"}),
        ("take back MAC-37", {"holder": "nobody"}),
        ("take MAC-37 back from Kenji", {"holder": "nobody"}),
        ("MAC-37 was returned", {"holder": "nobody"}),
        ("give MAC-37 to nobody", {"holder": "nobody"}),
        ("mark MAC-37 as lost", {"status": "Lost"}),
        ("set the status of MAC-37 to maintenance", {"status": "Maintenance"}),
        ("put MAC-37 back in stock", {"status": "Available"}),
        ("retire MAC-37", {"status": "Retired"}),
    ],
)
def test_sentence_that_changes_a_machine_becomes_the_right_call(
    words: str, changes: dict[str, Any]
) -> None:
    assert first_call(words) == ("update_machines", {"machines": ["MAC-37"], **changes})


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("12 December", "2026-12-12"),
        ("the 12th of december", "2026-12-12"),
        ("Dec 1, 2027", "2027-12-01"),
        ("3 March", "2027-03-03"),
        ("31.1.2027", "2027-01-31"),
        ("soon", ""),
    ],
)
def test_date_in_a_sentence_is_read_in_each_common_notation(words: str, expected: str) -> None:
    assert day(words, date(2026, 11, 29)) == expected


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("merge TKT-31 into TKT-26", "merge_tickets", {"tickets": ["TKT-31"], "into": "TKT-26"}),
        (
            "close TKT-30 and TKT-31 as duplicates of TKT-26",
            "merge_tickets",
            {"tickets": ["TKT-30", "TKT-31"], "into": "TKT-26"},
        ),
        (
            "link TKT-45 to TKT-1",
            "link_tickets",
            {"ticket": "TKT-45", "to": "TKT-1", "kind": "related"},
        ),
        (
            "mark TKT-45 as a duplicate of TKT-1",
            "link_tickets",
            {"ticket": "TKT-45", "to": "TKT-1", "kind": "duplicate"},
        ),
        (
            "TKT-45 is part of TKT-1",
            "link_tickets",
            {"ticket": "TKT-45", "to": "TKT-1", "kind": "parent"},
        ),
        ("unlink TKT-45 from TKT-1", "unlink_tickets", {"ticket": "TKT-45", "to": "TKT-1"}),
        (
            "remove the link between TKT-45 and TKT-1",
            "unlink_tickets",
            {"ticket": "TKT-45", "to": "TKT-1"},
        ),
    ],
)
def test_sentences_that_link_and_merge_tickets_become_the_right_calls(
    words: str, tool: str, arguments: dict[str, Any]
) -> None:
    assert first_call(words) == (tool, arguments)


@pytest.mark.parametrize(
    "words",
    ["my laptop is broken", "don't close TKT-12", "TKT-12 is closed?", "report on open tickets"],
)
def test_sentence_that_is_no_order_calls_no_changing_tool(words: str) -> None:
    made = calls(complete([user(words)]))
    assert not [name for name, _ in made if TOOLS[name].writes]


@pytest.mark.parametrize(
    "words", ["no more digests", "stop sending me the digest", "turn off my morning digest"]
)
def test_sentence_that_switches_the_digest_off_becomes_the_right_call(words: str) -> None:
    assert first_call(words) == ("set_digest", {"switch": "off"})
