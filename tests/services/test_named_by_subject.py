"""The built-in rules with records named by their subject, and with orders that have no verb."""

import pytest

from tests.services.offline import Desk

FAN = 'TKT-37 "Laptop fan loud" | Assigned'
SERVER = 'TKT-40 "Upload slow" | Open | Description: the fan of the server'
KENJI = '1 person about "kenji":\n- USR-19 "Kenji Watanabe"'
CLOSED = "Changed TKT-37: status Assigned → Closed"
SEARCH = {"words": "fan", "status": "open"}


@pytest.mark.parametrize("words", ["close my fan ticket", "resolve our fan request"])
@pytest.mark.parametrize("found", [f"1 ticket:\n- {FAN}", f"2 tickets:\n- {SERVER}\n- {FAN}"])
def test_ticket_is_found_by_the_words_of_its_title(words: str, found: str) -> None:
    desk = Desk(found, CLOSED)
    assert desk.ask(words) == "Closed TKT-37."
    assert desk.calls == [
        ("find_tickets", {**SEARCH, "requester": "me"}),
        ("update_tickets", {"tickets": ["TKT-37"], "status": "Closed"}),
    ]


@pytest.mark.parametrize("found", [f"1 ticket:\n- {SERVER}", f"2 tickets:\n- {FAN}\n- {FAN}"])
def test_ambiguous_ticket_is_not_changed_without_asking(found: str) -> None:
    desk = Desk(found, CLOSED)
    assert desk.ask("close the fan ticket").startswith("Which one do you mean by")
    assert desk.calls == [("find_tickets", SEARCH)]
    desk.ask("the first one")
    assert desk.calls[-1][0] == "update_tickets"


def test_id_is_asked_for_if_no_ticket_has_the_words() -> None:
    desk = Desk("No open tickets.", "No tickets.")
    assert "Please say its id." in desk.ask("close the fan ticket")


def test_person_chooses_among_several_spare_laptops() -> None:
    desk = Desk('2 machines:\n- MAC-36 "SPARE-01"\n- MAC-37 "SPARE-02"', KENJI, "Changed MAC-37")
    assert "MAC-36" in desk.ask("give a spare laptop to Kenji")
    desk.ask("the second one")
    assert desk.calls[-1] == ("update_machines", {"machines": ["MAC-37"], "holder": "USR-19"})


def test_values_after_a_ticket_id_are_set_without_a_verb() -> None:
    desk = Desk("Changed TKT-57: team none → 2", "Changed TKT-57: priority Normal → Low")
    desk.ask("TKT-57 network team pls, low prio")
    assert desk.calls == [
        ("update_tickets", {"tickets": ["TKT-57"], "team": "network"}),
        ("update_tickets", {"tickets": ["TKT-57"], "priority": "Low"}),
    ]


def test_answer_does_not_claim_a_change_if_only_a_note_was_added() -> None:
    desk = Desk("Added NOTE-73 to TKT-51")
    assert desk.ask("put TKT-51 on hold until friday") == "Added NOTE-73 to TKT-51"
