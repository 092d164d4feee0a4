"""The offline model: a person's wording becomes the right calls, and results become an answer."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agent.loop import OFFERED
from services.agent.offline import OfflineModel
from services.agent.offline.intents import EXAMPLES
from services.agent.offline.understand import THANKS
from services.tools import TOOLS

Message = dict[str, Any]
Calls = list[tuple[str, dict[str, Any]]]

SCHEMAS = [tool.schema for tool in OFFERED.values()]

PRIYA = 'USR-5 "Priya Raman" (Structures)'
ONE_PERSON = f"1 of 1 people found for “Priya”:\n- {PRIYA}"
TWO_DANIELS = (
    "2 of 2 people found for “Daniel”:\n"
    '- USR-6 "Daniel Okafor" (IT)\n- USR-17 "Daniel Weber" (Sales)'
)
NOBODY = "No people found for “Zora”."
MACHINES = (
    "2 of 2 machines of Priya Raman:\n"
    '- MAC-5 "LT-PRAMAN-01" (Lenovo ThinkPad P1, 32 GB, Priya Raman)\n'
    '- MAC-6 "WS-PRAMAN-01" (Dell Precision, 64 GB, Priya Raman)'
)
TICKET = (
    'Ticket TKT-12 "Screens go black when docked" (Assigned, High, Priya Raman, with Daniel)\n'
    "Status: Assigned\nPriority: High\n"
    f"Requester: {PRIYA}\n"
    'Assignee: USR-6 "Daniel Okafor" (IT)\n'
    'Machines: MAC-5 "LT-PRAMAN-01" (Lenovo, 32 GB, Priya Raman)\n'
    '"Both screens.\\nSince Monday."'
)
CREATED = (
    'Ticket TKT-61 "VPN drops every hour" (Open, Normal, Priya Raman, unassigned)\n'
    "Status: Open\nAssignee: nobody yet"
)
NOTE = 'Note NOTE-9 "swapped the dock" (Priya Raman, on TKT-12)\nAuthor: ' + PRIYA
TICKETS = (
    "2 of 31 tickets requested by you (not closed):\n"
    '- TKT-12 "Screens go black" (Assigned, High, Priya Raman, with Daniel Okafor)\n'
    '- TKT-13 "Mouse dead" (Open, Low, Priya Raman, unassigned)\n'
    "More: call again with after=TKT-13."
)
GONE = "There is no TKT-999 that you can see here."


def user(words: str) -> Message:
    return {"role": "user", "content": words}


def assistant(words: str) -> Message:
    return {"role": "assistant", "content": words}


def complete(
    messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = tuple(SCHEMAS)
) -> Message:
    return anyio.run(OfflineModel().complete, list(messages), list(tools))


def calls(message: Message) -> Calls:
    functions = [each["function"] for each in message.get("tool_calls", [])]
    return [(each["name"], json.loads(each["arguments"])) for each in functions]


def first_call(words: str, *before: Message) -> tuple[str, dict[str, Any]]:
    made = calls(complete([*before, user(words)]))
    assert len(made) == 1, f"{words!r} made {made}"
    return made[0]


class Desk:
    """A thread in which every tool answers what the script says, in the order of the calls."""

    def __init__(self, *results: str) -> None:
        self.messages: list[Message] = [{"role": "system", "content": "You talk with P (USR-5)."}]
        self.results = list(results)
        self.calls: Calls = []

    def ask(self, words: str) -> str:
        self.messages.append(user(words))
        while True:
            answer = complete(self.messages)
            self.messages.append(answer)
            self.calls += calls(answer)
            if not answer.get("tool_calls"):
                return str(answer["content"])
            self.messages += [
                {"role": "tool", "tool_call_id": call["id"], "content": self.results.pop(0)}
                for call in answer["tool_calls"]
            ]


WORDINGS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "current_time": (
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
    "undo": (
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
    "set_digest": (
        {"switch": "on"},
        (
            "send me a morning digest",
            "please send me the digest every morning",
            "turn my digest on",
            "switch on the morning digest",
        ),
    ),
    "ageing_tickets": (
        {},
        (
            "which tickets are ageing",
            "show me the stale tickets",
            "tickets nobody has touched for a week",
            "are there any tickets that are neglected?",
        ),
    ),
    "my_machines": (
        {},
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
    "my_tickets": (
        {},
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
    "tickets_assigned_to_me": (
        {},
        (
            "tickets assigned to me",
            "my queue",
            "what am I working on?",
            "what's on my plate",
            "What's assigned to me?",
            "please show my assigned tickets",
            "what should I work on next?",
            "my workload",
        ),
    ),
    "get_ticket": (
        {"ticket": "TKT-12"},
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
    "history": (
        {"record": "TKT-12"},
        ("who closed TKT-12?", "who has changed TKT-12", "show me the changes of TKT-12"),
    ),
    "read_notes": (
        {"on": "TKT-12"},
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
    "search_tickets": (
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
    "search_people": (
        {"words": "Priya"},
        (
            "who is Priya",
            "Who's Priya?",
            "find Priya",
            "look up Priya please",
            "what is Priya's email",
            "search people named Priya",
            "tell me about Priya",
            # whoever is named is looked up first
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
    "add_note": (
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
    "add_watcher": (
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
    "remove_watcher": (
        {"ticket": "TKT-12", "person": "me"},
        (
            "stop watching TKT-12",
            "unwatch TKT-12",
            "unfollow ticket 12",
            "remove me as watcher of TKT-12",
            "unsubscribe me from TKT-12",
            "take me from the watchers of TKT-12",
        ),
    ),
}


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        (words, tool, arguments)
        for tool, (arguments, wordings) in WORDINGS.items()
        for words in wordings
    ],
)
def test_each_wording_leads_to_its_tool(words: str, tool: str, arguments: dict[str, Any]) -> None:
    assert first_call(words) == (tool, arguments)


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("laptops with 32 GB", {"type": "Laptop", "min_ram_gb": 32, "max_ram_gb": 32}),
        ("32 GB laptops", {"type": "Laptop", "min_ram_gb": 32, "max_ram_gb": 32}),
        ("servers", {"type": "Server"}),
        (
            "available laptops with at least 16 gb ram",
            {"type": "Laptop", "status": "Available", "min_ram_gb": 16},
        ),
        ("which desktops have an RTX 4070", {"type": "Desktop", "words": "RTX 4070"}),
        ("find LT-PRAMAN-01", {"words": "LT-PRAMAN-01"}),
        ("machines in maintenance", {"status": "Maintenance"}),
        ("do we have any spare laptops?", {"type": "Laptop", "status": "Available"}),
        ("laptops with more than 16 GB of RAM", {"type": "Laptop", "min_ram_gb": 17}),
        ("laptops with less than 16 GB", {"type": "Laptop", "max_ram_gb": 15}),
        ("servers with 2 TB HDD", {"type": "Server", "min_storage_gb": 2048}),
        ("show me all Dell desktops", {"type": "Desktop", "words": "Dell"}),
        ("list machines", {}),
    ],
)
def test_machines_are_searched_by_type_status_and_specification(
    words: str, arguments: dict[str, Any]
) -> None:
    assert first_call(words) == ("search_machines", arguments)


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("open tickets", "list_tickets", {"status": "not closed"}),
        ("tickets on hold", "list_tickets", {"status": "On Hold"}),
        ("which tickets are awaiting?", "list_tickets", {"status": "Awaiting"}),
        ("show closed tickets", "list_tickets", {"status": "Closed"}),
        ("list all tickets", "list_tickets", {"status": "any"}),
        ("unassigned tickets", "list_tickets", {"unassigned": True}),
        ("tickets without an assignee", "list_tickets", {"unassigned": True}),
        ("tickets assigned to USR-6", "list_tickets", {"assignee": "USR-6"}),
        ("tickets of team 2", "list_tickets", {"team": "TEAM-2"}),
        ("my closed tickets", "my_tickets", {"status": "Closed"}),
        ("all my tickets", "my_tickets", {"status": "any"}),
        ("my tickets that are on hold", "my_tickets", {"status": "On Hold"}),
        ("closed tickets assigned to me", "tickets_assigned_to_me", {"status": "Closed"}),
        ("show machines of USR-5", "machines_of", {"person": "USR-5"}),
        ("USR-5", "get_record", {"record": "USR-5"}),
        ("show NOTE-3", "get_record", {"record": "NOTE-3"}),
        ("TAG-4", "get_record", {"record": "TAG-4"}),
        ("who is in TEAM-2?", "get_record", {"record": "TEAM-2"}),
        ("who has MAC-5", "get_record", {"record": "MAC-5"}),
    ],
)
def test_lists_and_records_take_their_filters(
    words: str, tool: str, arguments: dict[str, Any]
) -> None:
    assert first_call(words) == (tool, arguments)


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
def test_a_ticket_is_created_from_its_parts(words: str, arguments: dict[str, Any]) -> None:
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
        ("unassign TKT-12", {"unassign": True}),
        ("remove the assignee from TKT-12", {"unassign": True}),
        ("assign TKT-12 to nobody", {"unassign": True}),
        ("rename TKT-12 to Dock is dead", {"name": "Dock is dead"}),
        ("change the title of TKT-12 to “Dock is dead”", {"name": "Dock is dead"}),
        ("set priority of TKT-12 to high", {"priority": "High"}),
        ("make ticket TKT-12 urgent", {"priority": "Urgent"}),
        ("set the description of TKT-12 to: no power", {"description": "no power"}),
    ],
)
def test_a_ticket_is_changed_as_asked(words: str, changes: dict[str, Any]) -> None:
    assert first_call(words) == ("update_ticket", {"ticket": "TKT-12", **changes})


@pytest.mark.parametrize(
    "words",
    ["my laptop is broken", "don't close TKT-12", "TKT-12 is closed?", "report on open tickets"],
)
def test_what_is_not_an_order_changes_nothing(words: str) -> None:
    made = calls(complete([user(words)]))
    assert not [name for name, _ in made if TOOLS[name].writes]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_help_is_understood(example: str) -> None:
    answer = complete([assistant(TICKETS), user(example)])
    assert answer.get("tool_calls") or "nothing more" in answer["content"]


@pytest.mark.parametrize(
    "words", ["no more digests", "stop sending me the digest", "turn off my morning digest"]
)
def test_a_digest_is_switched_off_in_words(words: str) -> None:
    assert first_call(words) == ("set_digest", {"switch": "off"})


def test_every_tool_is_within_reach() -> None:
    reached = {*WORDINGS, "search_machines", "list_tickets", "machines_of", "get_record"}
    assert reached | {"create_ticket", "update_ticket"} == set(OFFERED)


def test_machines_of_a_person_take_two_steps() -> None:
    desk = Desk(ONE_PERSON, MACHINES)
    assert desk.ask("what machines does Priya have?") == (
        "2 machines of Priya Raman:\n"
        "- MAC-5 “LT-PRAMAN-01” (Lenovo ThinkPad P1, 32 GB, Priya Raman)\n"
        "- MAC-6 “WS-PRAMAN-01” (Dell Precision, 64 GB, Priya Raman)"
    )
    assert desk.calls == [
        ("search_people", {"words": "Priya"}),
        ("machines_of", {"person": "USR-5"}),
    ]


def test_an_unknown_name_is_said() -> None:
    assert Desk(NOBODY).ask("Zora's laptop") == "I found nobody called “Zora”."


def test_of_several_people_it_asks_which_one_and_takes_the_answer() -> None:
    desk = Desk(TWO_DANIELS, TICKET)
    assert desk.ask("assign TKT-12 to Daniel") == (
        "Which one do you mean by “Daniel”?\n"
        "- USR-6 “Daniel Okafor” (IT)\n- USR-17 “Daniel Weber” (Sales)"
    )
    assert desk.ask("Okafor") == "Assigned TKT-12 to Daniel Okafor."
    assert desk.calls[-1] == ("update_ticket", {"ticket": "TKT-12", "assignee": "USR-6"})


def test_a_full_name_among_several_is_enough() -> None:
    desk = Desk(TWO_DANIELS, TICKET)
    desk.ask("assign TKT-12 to daniel okafor")
    assert desk.calls[-1][1]["assignee"] == "USR-6"


def test_one_person_found_is_shown_as_a_card() -> None:
    card = f"Person {PRIYA}\nEmail: priya.raman@alderway.example\nMachines: none"
    assert Desk(ONE_PERSON, card).ask("who is Priya") == (
        "**USR-5 “Priya Raman”**\nEmail: priya.raman@alderway.example\nMachines: none"
    )


def test_a_ticket_is_shown_as_a_card_with_what_was_written_as_a_quotation() -> None:
    assert Desk(TICKET).ask("TKT-12") == (
        "**TKT-12 “Screens go black when docked”**\n"
        "Status: Assigned\nPriority: High\n"
        "Requester: USR-5 “Priya Raman” (Structures)\n"
        "Assignee: USR-6 “Daniel Okafor” (IT)\n"
        "Machines: MAC-5 “LT-PRAMAN-01” (Lenovo, 32 GB, Priya Raman)\n"
        "> Both screens.\n> Since Monday."
    )


@pytest.mark.parametrize(
    ("words", "result", "answer"),
    [
        ("open a ticket: VPN drops every hour", CREATED, "Created TKT-61 “VPN drops every hour”."),
        ("close TKT-12", TICKET, "Closed TKT-12."),
        ("reopen TKT-12", TICKET, "Reopened TKT-12."),
        ("put TKT-12 on hold", TICKET, "Put TKT-12 on hold."),
        ("unassign TKT-12", TICKET, "Unassigned TKT-12."),
        ("make TKT-12 urgent", TICKET, "Set the priority of TKT-12 to Urgent."),
        ("watch TKT-12", TICKET, "You watch TKT-12 now."),
        ("let USR-6 watch TKT-12", TICKET, "USR-6 watches TKT-12 now."),
        ("add a note to TKT-12: swapped the dock", NOTE, "Added NOTE-9 to TKT-12."),
        ("add an internal note to TKT-12: x", NOTE, "Added internal note NOTE-9 to TKT-12."),
    ],
)
def test_after_a_change_it_says_what_was_done(words: str, result: str, answer: str) -> None:
    assert Desk(result).ask(words) == answer


@pytest.mark.parametrize("words", ["close TKT-999", "TKT-999", "add a note to TKT-999: x"])
def test_a_refusal_is_passed_on(words: str) -> None:
    assert Desk(GONE).ask(words) == GONE


def test_two_ids_are_asked_for_at_once() -> None:
    answer = complete([user("show TKT-12 and TKT-13")])
    assert calls(answer) == [
        ("get_ticket", {"ticket": "TKT-12"}),
        ("get_ticket", {"ticket": "TKT-13"}),
    ]
    assert len({call["id"] for call in answer["tool_calls"]}) == 2


def test_two_orders_in_one_message_are_both_carried_out() -> None:
    desk = Desk(TICKET, ONE_PERSON, TICKET)
    answer = desk.ask("Close TKT-12 and assign TKT-13 to Priya")
    assert answer == "Closed TKT-12.\n\nAssigned TKT-12 to Daniel Okafor."
    assert desk.calls[-1][1] == {"ticket": "TKT-13", "assignee": "USR-5"}


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("close it", "update_ticket", {"ticket": "TKT-61", "status": "Closed"}),
        ("put that ticket on hold", "update_ticket", {"ticket": "TKT-61", "status": "On Hold"}),
        ("assign it to me", "update_ticket", {"ticket": "TKT-61", "assignee": "me"}),
        ("rename it to X", "update_ticket", {"ticket": "TKT-61", "name": "X"}),
        ("add an internal note to it: y", "add_note", {"on": "TKT-61", "text": "y"}),
        ("add a note: y", "add_note", {"on": "TKT-61", "text": "y"}),
        ("read the notes of that ticket", "read_notes", {"on": "TKT-61"}),
        ("show it", "get_ticket", {"ticket": "TKT-61"}),
    ],
)
def test_it_is_the_ticket_that_was_just_created(
    words: str, tool: str, arguments: dict[str, Any]
) -> None:
    desk = Desk(CREATED)
    desk.ask("open a ticket: VPN drops every hour")
    name, given_arguments = first_call(words, *desk.messages)
    assert name == tool
    assert arguments.items() <= given_arguments.items()


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("what machines does she have", "machines_of", {"person": "USR-5"}),
        ("her laptop", "machines_of", {"person": "USR-5"}),
        ("assign TKT-12 to her", "update_ticket", {"ticket": "TKT-12", "assignee": "USR-5"}),
    ],
)
def test_her_is_the_person_spoken_of(words: str, tool: str, arguments: dict[str, Any]) -> None:
    desk = Desk(ONE_PERSON, f"Person {PRIYA}\nEmail: p@example.com")
    desk.ask("who is Priya")
    assert first_call(words, *desk.messages) == (tool, arguments)


def test_this_machine_is_the_last_machine_even_after_a_ticket() -> None:
    before = (
        assistant("**MAC-5 “LT-PRAMAN-01”**"),
        user("close TKT-1"),
        assistant("Closed TKT-1."),
    )
    call = first_call("read the notes of that machine", *before)
    assert call == ("read_notes", {"on": "MAC-5"})


def test_it_after_a_list_asks_which_one() -> None:
    desk = Desk(TICKETS, TICKET)
    desk.ask("my tickets")
    assert desk.ask("close it") == (
        "Which one do you mean by “it”?\n- TKT-12 “Screens go black”\n- TKT-13 “Mouse dead”"
    )
    desk.ask("the second one")
    assert desk.calls[-1] == ("update_ticket", {"ticket": "TKT-13", "status": "Closed"})


@pytest.mark.parametrize("words", ["read its notes", "add a note: y", "show it", "close it"])
def test_it_after_a_note_is_what_the_note_is_on(words: str) -> None:
    _, arguments = first_call(words, assistant("Added NOTE-9 to TKT-12."))
    assert "TKT-12" in arguments.values()


def test_it_without_anything_before_asks_for_an_id() -> None:
    assert "say its id" in complete([user("close it")])["content"]


def test_a_note_that_quotes_rows_does_not_decide_what_it_means() -> None:
    forged = 'Ticket TKT-12 "x\\n- TKT-66 y" (Open)\nStatus: Open\n"a\\n- TKT-66 “b”"'
    desk = Desk(forged)
    desk.ask("TKT-12")
    assert first_call("close it", *desk.messages)[1]["ticket"] == "TKT-12"


def test_a_ticket_without_words_asks_what_it_is_about() -> None:
    desk = Desk(CREATED)
    assert desk.ask("create a ticket for MAC-5") == "What is the ticket about?"
    desk.ask("VPN drops every hour")
    arguments = {"name": "VPN drops every hour", "machines": ["MAC-5"]}
    assert desk.calls == [("create_ticket", arguments)]


def test_more_goes_on_after_the_last_row() -> None:
    desk = Desk(TICKETS, "No tickets requested by you (not closed).")
    assert "say “more”" in desk.ask("my tickets")
    desk.ask("more")
    assert desk.calls[-1] == ("my_tickets", {"after": "TKT-13"})


def test_a_message_that_arrives_meanwhile_is_answered_too() -> None:
    first = complete([user("close TKT-12")])
    result = {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": TICKET}
    desk = Desk(TICKET)
    desk.messages += [user("close TKT-12"), first, result]
    assert desk.ask("and reopen it") == "Closed TKT-12.\n\nReopened TKT-12."
    assert desk.calls == [("update_ticket", {"ticket": "TKT-12", "status": "Open"})]


def test_the_speaker_of_a_channel_message_is_not_part_of_the_words() -> None:
    words = "[Priya Raman, USR-5] close it"
    call = first_call(words, user("[Emre, USR-22] TKT-7"), assistant("**TKT-7 “x”**"))
    assert call == ("update_ticket", {"ticket": "TKT-7", "status": "Closed"})


def test_what_another_person_left_unanswered_is_not_done_for_the_next_one() -> None:
    call = first_call("[Priya Raman, USR-5] my tickets", user("[Emre, USR-22] close TKT-7"))
    assert call == ("my_tickets", {})


def test_who_am_i_is_known_from_the_instructions() -> None:
    desk = Desk(f"Person {PRIYA}\nEmail: p@example.com")
    desk.ask("who am I?")
    assert desk.calls == [("get_record", {"record": "USR-5"})]


@pytest.mark.parametrize("words", ["hi", "Hello there!", "help", "what can you do?"])
def test_a_greeting_lists_what_is_understood(words: str) -> None:
    answer = complete([user(words)])["content"]
    assert all(f"- {example}" in answer for example in EXAMPLES)


@pytest.mark.parametrize("words", ["thanks!", "Thank you so much", "great, thanks"])
def test_thanks_are_answered(words: str) -> None:
    assert complete([user(words)])["content"] == THANKS


def test_a_problem_told_without_a_command_gets_the_command() -> None:
    assert (
        "“open a ticket: my laptop is broken”" in complete([user("my laptop is broken")])["content"]
    )


def test_without_tools_it_still_answers() -> None:
    assert complete([user("my tickets")], tools=())["content"]


FRAGMENTS = (
    *("close", "it", "TKT-12", "my", "tickets", "note", ":", ",", "and", "\n", "assign", "to"),
    *("Priya's", "“x”", "32 GB", "laptop", "with", "which", "open a ticket", "-", "add", "on"),
)


@given(
    st.text(max_size=200) | st.lists(st.sampled_from(FRAGMENTS), max_size=15).map(" ".join),
    st.text(max_size=60),
)
def test_any_text_ends_in_a_message(words: str, result: str) -> None:
    desk = Desk(*[result] * 60)
    assert desk.ask(words).strip()


@pytest.mark.parametrize(
    "words",
    ["show " * 900, "a'" * 2000, "what tickets " * 300, "TKT-1, " * 500, "a. " * 1300, "x" * 4000],
)
def test_long_messages_are_read_quickly(words: str) -> None:
    started = time.perf_counter()
    complete([user(words)])
    assert time.perf_counter() - started < 2
