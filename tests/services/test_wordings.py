"""The offline rules: many wordings of a request become the right tool call."""

from typing import Any

import pytest

from tests.services.offline import first_call

WORDINGS: tuple[tuple[str, dict[str, Any], tuple[str, ...]], ...] = (
    (
        "current_time",
        {},
        (
            "what time is it?",
            "What day is it",
            "what's the date today",
            "What’s the date?",
            "could you tell me the current time please",
            "date and time",
            "what is today's date",
        ),
    ),
    (
        "undo",
        {},
        (
            "undo",
            "undo that",
            "Please revert it",
            "take back my last change",
            "roll back the last change",
            "can you undo my last step?",
        ),
    ),
    (
        "set_digest",
        {"switch": "on"},
        (
            "send me a morning digest",
            "please send me the digest every morning",
            "turn my digest on",
            "switch on the morning digest",
        ),
    ),
    (
        "find_tickets",
        {"changed": ">7d"},
        (
            "which tickets are ageing",
            "show me the stale tickets",
            "tickets nobody has touched for a week",
            "are there any tickets that are neglected?",
        ),
    ),
    (
        "find_machines",
        {"holder": "me"},
        (
            "what laptop do I have",
            "What laptop do I have?",
            "my computer",
            "which machines are mine",
            "can you show me my laptops, please",
            "machines assigned to me",
            "do I have a desktop?",
            "what am I using",
            "What’s my laptop?",
            "my lapotp",
        ),
    ),
    (
        "find_tickets",
        {"requester": "me"},
        (
            "my tickets",
            "what have I reported",
            "show me my tickets please",
            "tickets I opened",
            "what tickets do I have?",
            "do I have any tickets",
            "status of my tickets",
            "list the tickets reported by me",
            "my tikcets",
        ),
    ),
    (
        "find_tickets",
        {"assignee": "me"},
        (
            "tickets assigned to me",
            "my queue",
            "what am I working on?",
            "what's on my plate",
            "what is waiting for me today?",
            "What's assigned to me?",
            "please show my assigned tickets",
            "what should I work on next?",
            "my workload",
        ),
    ),
    (
        "get",
        {"records": "TKT-12"},
        (
            "TKT-12",
            "show TKT-12",
            "what's the status of TKT-12?",
            "details of ticket 12",
            "ticket #12",
            "tell me about tkt-12",
            "who is working on TKT-12?",
            "how is TKT-12 going",
            "open ticket 12",
            "is TKT-12 closed?",
        ),
    ),
    (
        "history",
        {"record": "TKT-12"},
        ("who closed TKT-12?", "who has changed TKT-12", "show me the changes of TKT-12"),
    ),
    (
        "get",
        {"records": "TKT-12"},
        (
            "notes on TKT-12",
            "read the notes of TKT-12",
            "TKT-12 notes",
            "are there any notes on ticket 12?",
            "what was noted on TKT-12",
            "show TKT-12's notes",
            "can you list the comments on TKT-12",
        ),
    ),
    (
        "find_tickets",
        {"words": "vpn"},
        (
            "tickets about vpn",
            "any tickets on vpn?",
            "search tickets for vpn",
            "find tickets mentioning vpn",
            "is there a ticket about vpn",
            "vpn tickets",
            "has anyone reported vpn?",
            "anything about vpn?",
        ),
    ),
    (
        "find_people",
        {"words": "Priya"},
        (
            "who is Priya",
            "Who's Priya?",
            "find Priya",
            "look up Priya please",
            "what is Priya's email",
            "search people named Priya",
            "tell me about Priya",
            # the person who is named is looked up first
            "what machines does Priya have?",
            "Priya’s laptop",
            "machines assigned to Priya",
            "which laptop does Priya use?",
            "does Priya have a laptop",
            "what is Priya using",
            "tickets assigned to Priya",
            "what is Priya working on?",
            "tickets reported by Priya",
            "Priya's tickets",
            "assign TKT-12 to Priya",
            "add Priya as a watcher to TKT-12",
            "remove Priya from the watchers of TKT-12",
            "add a note to Priya: on leave",
        ),
    ),
    (
        "add_note",
        {"on": "TKT-12", "text": "swapped the dock"},
        (
            "add a note to TKT-12: swapped the dock",
            "Note on TKT-12: swapped the dock",
            "please leave a comment on ticket 12: swapped the dock",
            "TKT-12 note: swapped the dock",
            "add a note to TKT-12 saying swapped the dock",
            "put a note on TKT-12 - swapped the dock",
            "add “swapped the dock” as a note to TKT-12",
            "note TKT-12: swapped the dock",
        ),
    ),
    (
        "watch",
        {"ticket": "TKT-12", "person": "USR-6"},
        (
            "add USR-6 as a watcher to TKT-12",
            "please add user 6 to the watchers of ticket 12",
            "add watcher USR-6 to TKT-12",
            "make USR-6 a watcher of TKT-12",
            "let USR-6 watch TKT-12",
            "cc USR-6 on TKT-12",
        ),
    ),
    (
        "watch",
        {"ticket": "TKT-12", "stop": True},
        (
            "stop watching TKT-12",
            "unwatch TKT-12",
            "unfollow ticket 12",
            "remove me as watcher of TKT-12",
            "unsubscribe me from TKT-12",
            "take me from the watchers of TKT-12",
        ),
    ),
)


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [(words, tool, arguments) for tool, arguments, wordings in WORDINGS for words in wordings],
)
def test_each_wording_of_a_request_becomes_a_call_of_the_same_tool(
    words: str, tool: str, arguments: dict[str, Any]
) -> None:
    assert first_call(words) == (tool, arguments)


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("laptops with 32 GB", {"type": "Laptop", "ram": "32"}),
        ("32 GB laptops", {"type": "Laptop", "ram": "32"}),
        ("servers", {"type": "Server"}),
        (
            "available laptops with at least 16 gb ram",
            {"type": "Laptop", "status": "Available", "ram": ">=16"},
        ),
        ("which desktops have an RTX 4070", {"type": "Desktop", "words": "RTX 4070"}),
        ("find LT-PRAMAN-01", {"words": "LT-PRAMAN-01"}),
        ("machines in maintenance", {"status": "Maintenance"}),
        ("do we have any spare laptops?", {"type": "Laptop", "status": "Available"}),
        ("laptops with more than 16 GB of RAM", {"type": "Laptop", "ram": ">16"}),
        ("laptops with less than 16 GB", {"type": "Laptop", "ram": "<16"}),
        ("servers with 2 TB HDD", {"type": "Server", "storage": ">=2048"}),
        ("show me all Dell desktops", {"type": "Desktop", "words": "Dell"}),
        ("list machines", {}),
    ],
)
def test_sentence_can_ask_for_machines_by_type_status_and_specification(
    words: str, arguments: dict[str, Any]
) -> None:
    assert first_call(words) == ("find_machines", arguments)


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("open tickets", "find_tickets", {"status": "open"}),
        ("tickets on hold", "find_tickets", {"status": "On Hold"}),
        ("which tickets are awaiting?", "find_tickets", {"status": "Awaiting"}),
        ("show closed tickets", "find_tickets", {"status": "Closed"}),
        ("list all tickets", "find_tickets", {"status": "any"}),
        ("unassigned tickets", "find_tickets", {"assignee": "nobody"}),
        ("tickets without an assignee", "find_tickets", {"assignee": "nobody"}),
        ("tickets assigned to USR-6", "find_tickets", {"assignee": "USR-6"}),
        ("tickets of team 2", "find_tickets", {"team": "TEAM-2"}),
        ("my closed tickets", "find_tickets", {"status": "Closed", "requester": "me"}),
        ("all my tickets", "find_tickets", {"status": "any", "requester": "me"}),
        ("my tickets that are on hold", "find_tickets", {"status": "On Hold", "requester": "me"}),
        ("closed tickets assigned to me", "find_tickets", {"status": "Closed", "assignee": "me"}),
        ("show machines of USR-5", "find_machines", {"holder": "USR-5"}),
        ("USR-5", "get", {"records": "USR-5"}),
        ("show NOTE-3", "get", {"records": "NOTE-3"}),
        ("TAG-4", "get", {"records": "TAG-4"}),
        ("who is in TEAM-2?", "get", {"records": "TEAM-2"}),
        ("who has MAC-5", "get", {"records": "MAC-5"}),
    ],
)
def test_sentence_can_ask_for_lists_with_several_filters(
    words: str, tool: str, arguments: dict[str, Any]
) -> None:
    assert first_call(words) == (tool, arguments)


@pytest.mark.parametrize("words", ["who had MAC-3 before?", "previous holders of MAC-3"])
def test_question_who_had_a_machine_is_answered_from_the_history(words: str) -> None:
    assert first_call(words) == ("history", {"record": "MAC-3"})
