"""The built-in rules with messages as people write them: letters, asides, slips, bare numbers."""

from typing import Any

import pytest

from services.agent.offline.offers import problem_in
from tests.services.offline import SCHEMAS, Desk, assistant, calls, complete, first_call, user

LETTER = (
    "Hi team,\n\nmy MS Project doesn't start. Can you check?\n\nKind regards\nJonas Weber\n"
    "Project Manager | Alderway\nThis email is confidential."
)
TWO_TICKETS = assistant(
    "2 open tickets requested by you:\n- TKT-37 “Fan loud” · Open\n- TKT-54 “Second SSD” · Open"
)
NONE = "No tickets about “door tablet”."


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("#47", "get", {"records": "TKT-47"}),
        ("tkt47 any update?", "get", {"records": "TKT-47"}),
        ("TKT-52 what's the latest", "get", {"records": "TKT-52"}),
        ("give me the details for TKT-25", "get", {"records": "TKT-25"}),
        ("I'll take 60", "update_tickets", {"tickets": ["TKT-60"], "assignee": "me"}),
        ("merge 31 into 26", "merge_tickets", {"tickets": ["TKT-31"], "into": "TKT-26"}),
        ("cancel my ticket 42, its ok now", "update_tickets", {"resolution": "Its ok now"}),
        ("Good morning, could you please let me know whether there has been any progress on the"
         " door tablet?", "find_tickets", {"words": "door tablet", "requester": "me"}),
        ("Where are we with my ticket about the second SSD?", "find_tickets",
         {"words": "second SSD"}),
        ("did anyone answer my request for a loaner", "find_tickets", {"words": "loaner"}),
        ("where is my laptop? it went to repair weeks ago", "find_machines", {"holder": "me"}),
        ("who has 9FH4LW3", "find_machines", {"words": "9FH4LW3"}),
        ("who has a T480?", "find_machines", {"words": "T480"}),
        ("all dells with 32gb ram or more", "find_machines", {"words": "dell", "ram": ">=32"}),
        ("who has the fewest tickets", "find_tickets", {"group_by": "assignee"}),
        ("everything older than two weeks", "find_tickets", {"created": ">2w"}),
        ("MAC-27 returned", "update_machines", {"machines": ["MAC-27"], "holder": "nobody"}),
        ("mac 37 is broken, send it to repair", "update_machines", {"status": "Maintenance"}),
        ("TKT-35: set on hold, reason: waiting for RAM", "update_tickets",
         {"status": "On Hold", "note": "Waiting for RAM"}),
        ("reopen TKT-24 - it stopped again", "update_tickets",
         {"status": "Open", "note": "It stopped again"}),
        ("ticket 58 - solved, you can close it", "update_tickets", {"status": "Closed"}),
        ("close 46 as duplicate of 23", "merge_tickets", {"into": "TKT-23"}),
        ("make TKT-48 private", "update_tickets", {"private": True}),
        ("extend MAC-37 to 1 May 2030", "update_machines", {"expected_back": "2030-05-01"}),
        ("set the location of MAC-28 to Warsaw", "update_machines", {"location": "Warsaw"}),
        ("set the ram of MAC-28 to 32 GB", "update_machines", {"ram": 32}),
        ("LT-KNOWAK-01 is back from repair", "find_machines", {"words": "LT-KNOWAK-01"}),
        ("the touchpad thing from last week - any update?", "find_tickets", {"words": "touchpad"}),
        ("Civil 3D licence for Inés, was that ordered?", "find_tickets",
         {"words": "Civil 3D licence for Inés"}),
        ("who's responsible for lost devices?", "find_teams", {"words": "lost devices"}),
        ("what did we do about licences last time", "find_tickets",
         {"words": "licences", "status": "Closed"}),
        ("which loans are overdue?", "find_machines", {"expected_back": "<today"}),
        ("similar tickets to 49?", "get", {"records": "TKT-49"}),
        ("create a team called Field Support", "create_team", {"name": "Field Support"}),
        ("srv-bim", "find_people", {"words": "srv-bim"}),
        ("withdraw my request 56", "update_tickets", {"tickets": ["TKT-56"], "status": "Closed"}),
        ("I don't need TKT-53 any more", "update_tickets", {"status": "Closed"}),
        ("TKT-32 -> closed, renewed by vendor", "update_tickets",
         {"status": "Closed", "resolution": "Renewed by vendor"}),
        ("make TKT-36 low prio", "update_tickets", {"priority": "Low"}),
        ("update TKT-42 with: the echo is gone", "add_note", {"text": "the echo is gone"}),
        ("MAC-27 was stolen", "update_machines", {"status": "Lost"}),
        ("Priyas tickets", "find_people", {"words": "Priya"}),
        ("who is PF4M6RCE assigned to", "find_machines", {"words": "PF4M6RCE"}),
        ("is my mac still in warranty?", "find_machines", {"holder": "me"}),
        ("remind me what TKT-50 was about", "get", {"records": "TKT-50"}),
        ("list the members of workplace hardware", "find_people", {"team": "workplace hardware"}),
        ("show who changed TKT-33", "history", {"record": "TKT-33"}),
        ("put 52 on hold: waiting for the audit", "update_tickets", {"status": "On Hold"}),
        ("merge 56 with 4", "merge_tickets", {"tickets": ["TKT-56"], "into": "TKT-4"}),
        ("make me watcher of TKT-18", "watch", {"ticket": "TKT-18"}),
        ("everything about docks", "find_tickets", {"words": "docks"}),
        ("which requesters have the most tickets", "find_tickets", {"group_by": "requester"}),
        ("does anybody have a machine with an RTX A6000", "find_machines", {"words": "RTX A6000"}),
        ("when's the end of my loan", "find_machines", {"holder": "me"}),
        ("Helena's laptop specs", "find_people", {"words": "Helena"}),
        ("what should I do first today", "find_tickets", {"assignee": "me"}),
        ("add Henrik to ticket 60", "find_people", {"words": "Henrik"}),
        ("assign 55, 57 and 58 to me", "update_tickets",
         {"tickets": ["TKT-55", "TKT-57", "TKT-58"], "assignee": "me"}),
        ("close TKT-12, 2 cables were loose", "update_tickets",
         {"tickets": ["TKT-12"], "resolution": "2 cables were loose"}),

        ("start working on TKT-39", "update_tickets", {"assignee": "me"}),
        ("I'll deal with TKT-39", "update_tickets", {"assignee": "me"}),
        ("TKT-57: urgent", "update_tickets", {"priority": "Urgent"}),
        ("TKT-58 -> high", "update_tickets", {"priority": "High"}),
        ("TKT-58 -> Tomasz", "find_people", {"words": "Tomasz"}),
        ("everything on Revit", "find_tickets", {"words": "Revit"}),
        ("who do I call about wifi", "find_teams", {"words": "wifi"}),
        ("TKT-37 works again, you can close it", "update_tickets",
         {"tickets": ["TKT-37"], "status": "Closed"}),
        ("never mind TKT-54, solved", "update_tickets",
         {"tickets": ["TKT-54"], "status": "Closed"}),
        ("add note “called the vendor” to TKT-39", "add_note",
         {"on": "TKT-39", "text": "called the vendor"}),
        ("lt-twilk-01 goes to Anna", "find_machines", {"words": "lt-twilk-01"}),
        ("show me all my tickets, also closed", "find_tickets",
         {"requester": "me", "status": "any"}),
        ("link TKT-53 to MAC-22", "update_tickets", {"add_machines": ["MAC-22"]}),
    ],
)  # fmt: skip
def test_message_is_understood_as_people_write_it(
    words: str, tool: str, arguments: dict[str, Any]
) -> None:
    called, given = first_call(words)
    assert called == tool
    assert given | arguments == given


def test_ticket_of_a_letter_has_neither_its_greeting_nor_its_signature() -> None:
    answer = str(complete([user(LETTER)])["content"])
    assert problem_in(answer) == "My MS Project doesn't start. Can you check"


@pytest.mark.parametrize("before", ["help", "take that one", "close it", "tell Priya it works"])
def test_ids_in_the_examples_of_the_desk_are_never_changed(before: str) -> None:
    desk = Desk()
    desk.ask(before)
    assert "TKT-12" in desk.messages[-1]["content"]
    desk.ask("close it")
    desk.ask("add a note: swapped the dock")
    assert not desk.calls


def test_topic_named_in_advance_is_what_it_means() -> None:
    shown = first_call("the second one - is anyone working on it?", TWO_TICKETS)
    assert shown == ("get", {"records": "TKT-54"})
    closed = first_call("TKT-54, close it please", TWO_TICKETS)
    assert closed == ("update_tickets", {"tickets": ["TKT-54"], "status": "Closed"})


@pytest.mark.parametrize(
    "words", ["if TKT-54 works, close it", "TKT-54 is not fixed, don't close it"]
)
def test_condition_before_a_command_is_no_aside(words: str) -> None:
    assert not [each for each in calls(complete([user(words)])) if each[0] == "update_tickets"]


def test_ticket_that_is_not_ones_own_is_searched_for_among_all() -> None:
    desk = Desk(NONE, NONE)
    assert "Maybe I understood you wrong." in desk.ask("any news on the door tablet?")
    assert [given.get("requester") for _, given in desk.calls] == ["me", None]


def test_laptop_of_a_person_is_found_by_its_holder() -> None:
    desk = Desk(
        '1 of 1 people (about “Priya”):\n- USR-5 "Priya Raman" | "Structures"',
        '1 of 1 machines (holder USR-5):\n- MAC-5 "LT-PRAMAN-01" | Assigned',
        "Changed MAC-5: status Assigned → Lost",
    )
    assert desk.ask("mark Priya's laptop as lost") == "Set MAC-5 to Lost."
    assert desk.calls[1] == ("find_machines", {"holder": "USR-5", "type": "Laptop"})


def test_name_of_a_team_is_a_place_to_move_a_ticket_to() -> None:
    desk = Desk(
        '1 of 1 teams (about “Workplace Hardware”):\n- TEAM-3 "Workplace Hardware"',
        'Changed TKT-58: team none → TEAM-3 "Workplace Hardware"',
    )
    assert desk.ask("move TKT-58 to Workplace Hardware") == "Routed TKT-58 to TEAM-3."


def test_tickets_of_a_name_that_is_a_team_are_the_teams() -> None:
    desk = Desk(
        "0 of 0 people (about “Service Desk”):",
        '1 of 1 teams (about “Service Desk”):\n- TEAM-1 "Service Desk"',
        "No tickets.",
    )
    desk.ask("tickets of Service Desk")
    assert desk.calls[-1] == ("find_tickets", {"team": "TEAM-1"})


def test_question_about_former_holders_is_answered_with_the_machines_history() -> None:
    desk = Desk('1 of 1 machines:\n- MAC-5 "LT-DOKAFOR-01" | Assigned', "Nothing changed.")
    desk.ask("who had LT-DOKAFOR-01 before")
    assert desk.calls[-1] == ("history", {"record": "MAC-5"})


def test_one_question_can_ask_for_a_persons_machines_and_tickets() -> None:
    minh = '1 of 1 people (about “minh”):\n- USR-8 "Minh Tran" | "IT"'
    desk = Desk(minh, "No machines.", minh, "No tickets.", "No tickets.")
    desk.ask("which machines does minh have and which tickets")
    listed = [given for tool, given in desk.calls if tool == "find_tickets"]
    assert listed == [{"requester": "USR-8"}]


@pytest.mark.parametrize(
    ("words", "results", "changes", "left"),
    [
        ("give it to engineering and set it high", (), 0,
         "“give it to engineering”, “set it high”"),
        ("close TKT-12 and set it to high and give it to Nemo",
         ("Changed TKT-12: status Open → Closed", "Changed TKT-12: priority Low → High",
          "No people about “Nemo”.", "No teams about “Nemo”."), 2, "“give it to Nemo”"),
    ],
)  # fmt: skip
def test_commands_after_an_unclear_one_are_not_run_and_are_listed(
    words: str, results: tuple[str, ...], changes: int, left: str
) -> None:
    desk = Desk(*results)
    assert f"Not done yet: {left}." in desk.ask(words)
    assert len([each for each in desk.calls if each[0] == "update_tickets"]) == changes


def test_answer_to_a_question_runs_only_the_waiting_commands() -> None:
    desk = Desk(
        "Changed TKT-12: status Open → Closed",
        '2 of 2 people:\n- USR-10 "Anna Schmidt"\n- USR-11 "Anna Schmitt"',
        "Changed TKT-12: assignee nobody → USR-11",
        "Changed TKT-12: priority Low → High",
    )
    assert "by “Anna”?" in desk.ask("close TKT-12 and give it to Anna and set it to high")
    desk.ask("the second one")
    changes = [arguments for name, arguments in desk.calls if name == "update_tickets"]
    assert [set(each) - {"tickets"} for each in changes] == [{"status"}, {"assignee"}, {"priority"}]
    assert changes[1]["assignee"] == "USR-11"


def test_next_topic_is_searched_for_as_the_one_before() -> None:
    desk = Desk('1 of 1 tickets (about “door”):\n- TKT-26 "Door tablet" | Open', "No tickets.")
    desk.ask("any news on the door tablet?")
    desk.ask("And the phones in the meeting room?")
    assert desk.calls[-1] == ("find_tickets", {"words": "phones meeting room", "requester": "me"})


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("make Priya a technician", "/itsm role"),
        ("use another model", "/itsm model "),
        ("set the limit of questions per hour to 20", "/itsm limit"),
        ("what do you store about me", "/itsm privacy"),
        ("what are the current settings", "/itsm settings"),
        ("add a language model", "/itsm model-add"),
    ],
)
def test_request_that_needs_a_slash_command_is_answered_with_that_command(
    words: str, command: str
) -> None:
    answer = str(complete([user(words)])["content"])
    assert command in answer
    assert problem_in(answer)


def test_no_slash_command_is_suggested_for_a_shared_verb_alone() -> None:
    assert "/itsm" not in str(complete([user("order me a mouse and add it")])["content"])


def test_wish_keeps_its_words_in_the_ticket_that_is_offered() -> None:
    answer = str(complete([user("hi, can I keep it until end of January?")])["content"])
    assert problem_in(answer) == "Can I keep it until end of January"


def test_unknown_topic_is_answered_with_all_teams() -> None:
    desk = Desk("No teams about “Rhino”.", '1 of 1 teams:\n- TEAM-1 "Service Desk"')
    assert "TEAM-1 “Service Desk”" in desk.ask("who can help me with Rhino?")


def test_person_is_added_to_a_team_by_the_names_of_both() -> None:
    desk = Desk(
        '1 of 1 people (about “Tomasz”):\n- USR-4 "Tomasz Wilk" | "IT"',
        '1 of 1 teams (about “network”):\n- TEAM-2 "Network and Connectivity"',
        'Added USR-4 "Tomasz Wilk" to TEAM-2',
    )
    assert desk.ask("add Tomasz to the network team") == "TEAM-2 has USR-4 now."
    assert desk.calls[-1] == ("update_team", {"team": "TEAM-2", "add_members": ["USR-4"]})


def test_request_beyond_ones_role_says_whose_it_is_and_offers_a_ticket() -> None:
    tools = [each for each in SCHEMAS if each["function"]["name"] == "find_machines"]
    answer = str(complete([user("mark MAC-5 as lost")], tools)["content"])
    assert answer.startswith("Only technicians can do that")
    assert problem_in(answer) == "Mark MAC-5 as lost"


def test_message_to_a_person_is_answered_with_the_note_that_reaches_them() -> None:
    answer = str(complete([TWO_TICKETS, user("ask Anna for the log file")])["content"])
    assert "add a note to TKT-" in answer


def test_note_just_added_is_taken_back_and_no_other() -> None:
    desk = Desk('Added NOTE-9 to TKT-12: text "x"', "Undone: Deleted NOTE-9.")
    desk.ask("add a note to TKT-12: x")
    desk.ask("delete that note")
    assert "just added" in desk.ask("delete that note")
    assert [name for name, _ in desk.calls] == ["add_note", "undo"]


def test_sentence_about_a_record_that_is_not_understood_shows_what_is() -> None:
    answer = str(complete([user("defenestrate MAC-20")])["content"])
    assert answer.startswith("I did not understand what to do with MAC-20.")
    assert "take back MAC-20" in answer


@pytest.mark.parametrize("words", ["qzxvk wuggle fnord", "snooze TKT-46"])
def test_bare_words_that_name_nothing_are_not_understood(words: str) -> None:
    answer = Desk("No tickets.", "No machines.").ask(words)
    assert answer.startswith("I did not understand")


def test_both_means_the_two_tickets_of_the_last_answer() -> None:
    done = assistant("Assigned TKT-53 to Tomasz Wilk.\nAssigned TKT-55 to Tomasz Wilk.")
    made = calls(complete([done, user("close both")]))
    assert made == [("update_tickets", {"tickets": ["TKT-53", "TKT-55"], "status": "Closed"})]
