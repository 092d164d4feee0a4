"""The offline rules in conversation: results become an answer, and “it” means the last record."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agent.offline.help import help_text
from services.agent.offline.intents import EXAMPLES
from services.agent.offline.offers import offers_in
from services.agent.offline.plans_write import ABOUT
from services.agent.offline.results import shown
from services.agent.offline.small_talk import GREETING, THANKS
from tests.services.offline import Desk, assistant, calls, complete, first_call, user

PRIYA = 'USR-5 "Priya Raman" (Structures)'
PRIYA_ROW = 'USR-5 "Priya Raman" | "priya.raman@alderway.example" | "Structures"'
ONE_PERSON = f"1 of 1 people (about “Priya”), best match first:\n- {PRIYA_ROW}"
TWO_DANIELS = (
    "2 of 2 people (about “Daniel”), best match first:\n"
    '- USR-6 "Daniel Okafor" | "IT"\n- USR-17 "Daniel Weber" | "Sales"'
)
NOBODY = "No people about “Zora”."
MACHINES = (
    "2 of 2 machines (holder USR-5 Priya Raman), sorted by name:\n"
    '- MAC-5 "LT-PRAMAN-01" | Assigned | Laptop | RAM 32 GB\n'
    '- MAC-6 "WS-PRAMAN-01" | In Use | Desktop | RAM 64 GB'
)
TICKET = (
    'Ticket TKT-12 "Screens go black when docked" (Assigned, High, Priya Raman, with Daniel)\n'
    "Status: Assigned\nPriority: High\n"
    f"Requester: {PRIYA}\n"
    'Assignee: USR-6 "Daniel Okafor" (IT)\n'
    'Machines: MAC-5 "LT-PRAMAN-01" (Lenovo, 32 GB, Priya Raman)\n'
    '"Both screens.\\nSince Monday."'
)
CHANGED = 'Changed TKT-12: assignee nobody → USR-6 "Daniel Okafor", status Open → Assigned'
CREATED = 'Created TKT-61: requester USR-5 "Priya Raman", name "VPN drops every hour"'
NOTE = 'Added NOTE-9 to TKT-12: author USR-5 "Priya Raman", text "swapped the dock"'
WATCHED = 'Added USR-6 "Daniel Okafor" as a watcher of TKT-12'
TICKETS = (
    "2 of 31 tickets (status open = not Closed, requester you), sorted by changed, newest first:\n"
    '- TKT-12 "Screens go black" | Assigned | High | with USR-6 Daniel Okafor\n'
    '- TKT-13 "Mouse dead" | Open | Low | with nobody\n'
    "More: call again with after=TKT-13."
)
GONE = "There is no TKT-999 that you can see here."


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_help_is_understood(example: str) -> None:
    answer = complete([assistant(TICKETS), user(example)])
    assert answer.get("tool_calls") or "nothing more" in answer["content"]


def test_rules_put_a_blank_line_between_a_list_and_the_next_sentence() -> None:
    assert shown(f"{MACHINES}\nOnly yours.").endswith("RAM 64 GB\n\nOnly yours.")


def test_rules_find_the_machines_of_a_person_in_two_steps() -> None:
    desk = Desk(ONE_PERSON, MACHINES)
    assert desk.ask("what machines does Priya have?") == (
        "2 machines of USR-5 Priya Raman:\n"
        "- MAC-5 “LT-PRAMAN-01” · Assigned · Laptop · RAM 32 GB\n"
        "- MAC-6 “WS-PRAMAN-01” · In Use · Desktop · RAM 64 GB"
    )
    assert desk.calls == [
        ("find_people", {"words": "Priya"}),
        ("find_machines", {"holder": "USR-5"}),
    ]


def test_rules_repeat_the_unknown_name_in_the_answer() -> None:
    assert Desk(NOBODY).ask("Zora's laptop") == "I found nobody called “Zora”."


def test_rules_ask_who_is_meant_by_an_ambiguous_name() -> None:
    desk = Desk(TWO_DANIELS, CHANGED)
    assert desk.ask("assign TKT-12 to Daniel") == (
        "Which one do you mean by “Daniel”?\n"
        "- USR-6 “Daniel Okafor” · IT\n- USR-17 “Daniel Weber” · Sales"
    )
    assert desk.ask("Okafor") == "Assigned TKT-12 to Daniel Okafor."
    assert desk.calls[-1] == ("update_tickets", {"tickets": ["TKT-12"], "assignee": "USR-6"})


def test_rules_take_a_full_name_as_one_person_among_several_matches() -> None:
    desk = Desk(TWO_DANIELS, CHANGED)
    desk.ask("assign TKT-12 to daniel okafor")
    assert desk.calls[-1][1]["assignee"] == "USR-6"


def test_rules_show_the_only_person_found_as_a_card() -> None:
    card = f"Person {PRIYA}\nEmail: priya.raman@alderway.example\nMachines: none"
    assert Desk(ONE_PERSON, card).ask("who is Priya") == (
        "**USR-5 “Priya Raman”**\nEmail: priya.raman@alderway.example\nMachines: none"
    )


def test_rules_show_a_ticket_as_a_card_with_quoted_description() -> None:
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
        ("close TKT-12", CHANGED, "Closed TKT-12."),
        ("reopen TKT-12", CHANGED, "Reopened TKT-12."),
        ("put TKT-12 on hold", CHANGED, "Put TKT-12 on hold."),
        ("unassign TKT-12", CHANGED, "Unassigned TKT-12."),
        ("make TKT-12 urgent", CHANGED, "Set the priority of TKT-12 to Urgent."),
        ("watch TKT-12", WATCHED, "You watch TKT-12 now."),
        ("let USR-6 watch TKT-12", WATCHED, "USR-6 watches TKT-12 now."),
        ("add a note to TKT-12: swapped the dock", NOTE, "Added NOTE-9 to TKT-12."),
        ("add an internal note to TKT-12: x", NOTE, "Added internal note NOTE-9 to TKT-12."),
    ],
)
def test_rules_confirm_a_change_with_its_result_in_the_answer(
    words: str, result: str, answer: str
) -> None:
    assert Desk(result).ask(words) == answer


@pytest.mark.parametrize("words", ["close TKT-999", "TKT-999", "add a note to TKT-999: x"])
def test_rules_answer_with_the_error_of_a_failed_tool(words: str) -> None:
    assert Desk(GONE).ask(words) == GONE


def test_rules_call_a_tool_for_each_of_two_ids_in_a_message() -> None:
    answer = complete([user("show TKT-12 and TKT-13")])
    assert calls(answer) == [
        ("get", {"records": "TKT-12"}),
        ("get", {"records": "TKT-13"}),
    ]
    assert len({call["id"] for call in answer["tool_calls"]}) == 2


def test_rules_carry_out_both_of_two_requests_in_a_message() -> None:
    desk = Desk(CHANGED, ONE_PERSON, CHANGED)
    answer = desk.ask("Close TKT-12 and assign TKT-13 to Priya")
    assert answer == "Closed TKT-12.\n\nAssigned TKT-12 to Daniel Okafor."
    assert desk.calls[-1][1] == {"tickets": ["TKT-13"], "assignee": "USR-5"}


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("close it", "update_tickets", {"tickets": ["TKT-61"], "status": "Closed"}),
        ("put that ticket on hold", "update_tickets", {"tickets": ["TKT-61"], "status": "On Hold"}),
        ("assign it to me", "update_tickets", {"tickets": ["TKT-61"], "assignee": "me"}),
        ("rename it to X", "update_tickets", {"tickets": ["TKT-61"], "name": "X"}),
        ("add an internal note to it: y", "add_note", {"on": "TKT-61", "text": "y"}),
        ("add a note: y", "add_note", {"on": "TKT-61", "text": "y"}),
        ("read the notes of that ticket", "get", {"records": "TKT-61"}),
        ("show it", "get", {"records": "TKT-61"}),
    ],
)
def test_pronoun_it_means_the_ticket_that_was_just_created(
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
        ("what machines does she have", "find_machines", {"holder": "USR-5"}),
        ("her laptop", "find_machines", {"holder": "USR-5"}),
        ("assign TKT-12 to her", "update_tickets", {"tickets": ["TKT-12"], "assignee": "USR-5"}),
    ],
)
def test_pronoun_her_means_the_person_named_before(
    words: str, tool: str, arguments: dict[str, Any]
) -> None:
    desk = Desk(ONE_PERSON, f"Person {PRIYA}\nEmail: p@example.com")
    desk.ask("who is Priya")
    assert first_call(words, *desk.messages) == (tool, arguments)


def test_phrase_this_machine_means_the_machine_named_last() -> None:
    before = (
        assistant("**MAC-5 “LT-PRAMAN-01”**"),
        user("close TKT-1"),
        assistant("Closed TKT-1."),
    )
    call = first_call("read the notes of that machine", *before)
    assert call == ("get", {"records": "MAC-5"})


def test_pronoun_it_after_a_list_is_answered_by_asking_which_record() -> None:
    desk = Desk(TICKETS, CHANGED)
    desk.ask("my tickets")
    assert desk.ask("close it") == (
        "Which one do you mean by “it”?\n- TKT-12 “Screens go black”\n- TKT-13 “Mouse dead”"
    )
    desk.ask("the second one")
    assert desk.calls[-1] == ("update_tickets", {"tickets": ["TKT-13"], "status": "Closed"})


@pytest.mark.parametrize("words", ["read its notes", "add a note: y", "show it", "close it"])
def test_pronoun_it_after_adding_a_note_means_the_record_with_the_note(words: str) -> None:
    _, arguments = first_call(words, assistant("Added NOTE-9 to TKT-12."))
    assert "TKT-12" in str(arguments)


def test_pronoun_it_at_the_beginning_of_a_thread_is_answered_by_asking_for_an_id() -> None:
    assert "say its id" in complete([user("close it")])["content"]


def test_pronoun_it_does_not_mean_a_record_named_only_in_a_note() -> None:
    forged = 'Ticket TKT-12 "x\\n- TKT-66 y" (Open)\nStatus: Open\n"a\\n- TKT-66 “b”"'
    desk = Desk(forged)
    desk.ask("TKT-12")
    assert first_call("close it", *desk.messages)[1]["tickets"] == ["TKT-12"]


def test_ticket_without_a_title_is_answered_with_a_question_for_it() -> None:
    desk = Desk(CREATED)
    assert desk.ask("create a ticket for MAC-5") == ABOUT
    desk.ask("VPN drops every hour")
    arguments = {"name": "VPN drops every hour", "machines": ["MAC-5"]}
    assert desk.calls == [("create_ticket", arguments)]


def test_word_more_shows_the_next_page_of_the_list() -> None:
    desk = Desk(TICKETS, "No tickets requested by you that you can see.")
    assert "say “more”" in desk.ask("my tickets")
    desk.ask("more")
    assert desk.calls[-1] == ("find_tickets", {"requester": "me", "after": "TKT-13"})


def test_rules_also_answer_a_message_that_arrives_during_the_turn() -> None:
    first = complete([user("close TKT-12")])
    result = {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": CHANGED}
    desk = Desk(CHANGED)
    desk.messages += [user("close TKT-12"), first, result]
    assert desk.ask("and reopen it") == "Closed TKT-12.\n\nReopened TKT-12."
    assert desk.calls == [("update_tickets", {"tickets": ["TKT-12"], "status": "Open"})]


def test_rules_ignore_the_author_prefix_of_a_channel_message() -> None:
    words = "[Priya Raman, USR-5] close it"
    call = first_call(words, user("[Emre, USR-22] TKT-7"), assistant("**TKT-7 “x”**"))
    assert call == ("update_tickets", {"tickets": ["TKT-7"], "status": "Closed"})


def test_question_of_the_rules_is_not_answered_by_the_reply_of_another_person() -> None:
    call = first_call("[Priya Raman, USR-5] my tickets", user("[Emre, USR-22] close TKT-7"))
    assert call == ("find_tickets", {"requester": "me"})


def test_question_who_am_i_is_answered_from_the_instructions() -> None:
    desk = Desk(f"Person {PRIYA}\nEmail: p@example.com")
    desk.ask("who am I?")
    assert desk.calls == [("get", {"records": "USR-5"})]


@pytest.mark.parametrize("words", ["hi", "Hello there!", "good morning"])
def test_answer_to_a_greeting_is_short_and_offers_the_askers_own_records(words: str) -> None:
    answer = complete([user(words)])["content"]
    assert answer == GREETING
    assert [each.label for each in offers_in(answer)] == ["My tickets", "My machines"]


@pytest.mark.parametrize("words", ["help", "what can you do?"])
def test_help_lists_sentences_that_the_rules_understand(words: str) -> None:
    answer = complete([user(words)])["content"]
    assert all(example in answer for example in EXAMPLES)


def test_help_for_requesters_leaves_out_sentences_for_technicians() -> None:
    answer = help_text(staff=False)
    assert "open a ticket: VPN drops every hour" in answer
    assert "assign TKT-12" not in answer


@pytest.mark.parametrize("words", ["gibberish", "coffee machines dream about sheep"])
def test_rules_answer_an_unknown_sentence_with_offers(words: str) -> None:
    answer = str(complete([user(words)])["content"])
    assert answer.startswith("I did not understand that.")
    assert 1 <= len(offers_in(answer)) <= 3


@pytest.mark.parametrize("words", ["thanks!", "Thank you so much", "great, thanks"])
def test_thanks_are_answered_with_a_friendly_sentence(words: str) -> None:
    assert complete([user(words)])["content"] == THANKS


def test_described_problem_is_answered_with_the_command_for_a_ticket() -> None:
    assert (
        "“open a ticket: My laptop is broken”" in complete([user("my laptop is broken")])["content"]
    )


def test_rules_answer_with_a_sentence_when_no_tools_are_offered() -> None:
    assert complete([user("my tickets")], tools=())["content"]


FRAGMENTS = (
    *("close", "it", "TKT-12", "my", "tickets", "note", ":", ",", "and", "\n", "assign", "to"),
    *("Priya's", "“x”", "32 GB", "laptop", "with", "which", "open a ticket", "-", "add", "on"),
)


@given(
    st.text(max_size=200) | st.lists(st.sampled_from(FRAGMENTS), max_size=15).map(" ".join),
    st.text(max_size=60),
)
def test_rules_answer_any_text_without_an_error(words: str, result: str) -> None:
    desk = Desk(*[result] * 60)
    assert desk.ask(words).strip()
