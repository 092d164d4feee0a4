"""Which ids of a model's answer may become buttons, and which addresses stay links."""

from typing import Any

import orjson
import pytest

import services.entities  # noqa: F401 - registers the kinds
from services.agent.grounding import grounded_ids, grounded_links, sources, without_receipts

OWN = "https://desk.example"
WIKI = "https://wiki.example/vpn"
EVIL = "https://evil.example/?q=secret"
REMOVED = "(link removed)"


def talk(*said: Any) -> list[dict[str, Any]]:
    """Return a conversation: the person's message, then results (strings) and calls (pairs)."""
    person, *rest = said
    messages = [{"role": "user", "content": person}]
    for each in rest:
        if isinstance(each, str):
            messages.append({"role": "tool", "content": each})
        else:
            function = {"name": each[0], "arguments": orjson.dumps(each[1]).decode()}
            messages.append({"role": "assistant", "tool_calls": [{"function": function}]})
    return messages


KNOWN = sources(
    talk(
        f"what is {WIKI}",
        f'NOTE-1 "see {WIKI}?a=1, https://evil.example/p?q= and'
        "\\nhttps://müller.example/y (https://wiki.example/Foo_(bar))"
        ' https://desk.example@evil.example/ www.vendor.example/a"',
    )
)


@pytest.mark.parametrize("answer", [f"See {WIKI}.", f"({WIKI})", f'"{WIKI}"', f"[how]({WIKI})"])
def test_address_from_a_record_or_the_person_stays_a_link_in_the_answer(answer: str) -> None:
    looked_up = talk("?", ("find_tickets", {"words": "vpn"}), f'- TKT-1 "{WIKI}." (Open)')
    for messages in (talk(WIKI), looked_up):
        assert grounded_links(answer, sources(messages), OWN) == answer


@pytest.mark.parametrize(
    "said",
    [
        f"{WIKI}?a=1.",
        f"**{WIKI}**",
        "https://wiki.example/Foo_(bar)",
        "www.vendor.example/a",
        f"[our portal]({WIKI})",
        f"[TKT-1]({OWN}/TKT-1)",
        f"{OWN}/TKT-12",
        "Node.js/Express, a?b=c and the data: 5",
    ],
)
def test_links_to_known_addresses_and_plain_text_stay_unchanged_in_an_answer(said: str) -> None:
    assert grounded_links(said, KNOWN, OWN) == said


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        # what only begins like something known
        ("https://evil.example/p?q=secret", REMOVED),
        ("https://wiki.example/Foo_(secret)", f"{REMOVED})"),
        (f"{OWN}.evil.example/", REMOVED),
        (f"{OWN}@evil.example/", REMOVED),
        ("https://desk.example@evil.example/", REMOVED),
        (f"{OWN}/x](https://evil.example?q=s", REMOVED),
        ("www.evil.example/s", REMOVED),
        ("evil.example/p?q=secret", REMOVED),
        # after its end a link has to stop
        (f"[how]({WIKI})secret", f"[how]({WIKI}) secret"),
        (f"请看{WIKI}，然后", f"请看{WIKI} ，然后"),
        # words that name a place deceive, and so do letters that look like others
        (f"[{OWN}/TKT-1]({WIKI})", f"{OWN}/TKT-1 ({WIKI})"),
        (f"[desk.example]({WIKI})", f"desk.example ({WIKI})"),
        (f"[desk\uff0eexample]({WIKI})", f"desk\uff0eexample ({WIKI})"),
        (f"[{WIKI}]({WIKI})", WIKI),
        (f"<{WIKI}|{OWN}/>", f"{OWN}/ ({WIKI})"),
        (f"<{OWN}/TKT-1|TKT-1>", f"[TKT-1]({OWN}/TKT-1)"),
        ("https://müller.example/y", "https://xn--mller-kva.example/y"),
        ("[x](https://müller.example/y)", "[x](https://xn--mller-kva.example/y)"),
        (f"[x][1]\n\n> [1]: {WIKI}", f"[x][1]\n\n> [1] {WIKI}"),
        # other schemes, images and odd spellings
        ("[x](javascript:alert)", "x"),
        ("[x](data:text/html,s)", "x"),
        ("[x](slack://user?id=s)", "x"),
        ("[x](//evil.example/s)", "x"),
        ("<mailto:spy@evil.example?body=s|mail>", "mail"),
        (f"![x]({WIKI})", "x"),
        (f"[![x](https://evil.example/p)]({WIKI})", f"[x]({WIKI})"),
        ("[a\nb](https://evil.example/s)", "a\nb"),
        ("[x](\nhttps://evil.example/s\n)", f"[x](\n{REMOVED}\n)"),
        ("&#104;ttps://evil.example/s", f"&#104;{REMOVED}"),
    ],
)
def test_misleading_links_in_an_answer_are_removed_or_spelled_out(said: str, shown: str) -> None:
    assert grounded_links(said, KNOWN, OWN) == shown


@pytest.mark.parametrize("tail", ["(SECRET)", "'SECRET", "[SECRET]", "|SECRET", "`SECRET"])
def test_known_address_does_not_allow_links_to_other_paths_of_its_host(tail: str) -> None:
    assert WIKI not in grounded_links(f"See {WIKI}{tail}", KNOWN, OWN)


@pytest.mark.parametrize(
    "awkward", ["[" * 30_000, "[a](" * 8_000, "a." * 15_000, "[[a]" * 8_000, "a" * 30_000]
)
def test_answer_full_of_brackets_is_grounded_without_delay(awkward: str) -> None:
    grounded_links(awkward, awkward, OWN)  # a backtracking pattern would need minutes


@pytest.mark.parametrize(
    "messages",
    [
        talk("hi", ("find_people", {"words": f"TKT-5 {EVIL}"}), f"No “TKT-5 {EVIL}”."),
        talk("hi", ("find_tickets", {"words": "TKT-5"}), "No tickets about “TKT-5”."),
        talk("hi", ("add_note", {"text": f"{EVIL} TKT-5"}), f'NOTE-1 "{EVIL} TKT-5"', f'"{EVIL}"'),
        talk("hi", ("add_note", {"text": f"{EVIL} TKT-5"}), f'NOTE-1 "{EVIL[:-3]}…"'),
        talk("hi", ("get", {"records": f"{EVIL} TKT-5"}), f"No “{EVIL} TKT-5”."),
        talk("hi", ("find_tickets", {"requester": f"TKT-5 {EVIL}"}), f"No “TKT-5 {EVIL}”."),
        talk("hi", (EVIL, {}), f"There is no tool “{EVIL}”."),
        talk("hi", ("find_tickets", {EVIL: 1}), f"search has no argument {EVIL}."),
        talk("hi", ("find_tickets", [EVIL, "TKT-5"]), f"Not {EVIL} TKT-5."),
    ],
)  # fmt: skip
def test_id_that_only_the_model_wrote_earlier_becomes_no_button(messages: Any) -> None:
    known = sources(messages)
    assert grounded_ids("TKT-5", known) == []
    assert "evil" not in grounded_links(f"{EVIL} {EVIL[:-3]}", known, OWN)


def test_id_first_named_by_a_person_or_tool_becomes_a_button() -> None:
    note = ("add_note", {"text": f"{EVIL} TKT-5"})
    asked = talk(f"note {EVIL} for TKT-5", note, f'"{EVIL} TKT-5"')
    read = talk("hi", ("get", {"records": "TKT-5"}), f'TKT-5 "{EVIL}"', note, f'"{EVIL} TKT-5"')
    for known in (sources(asked), sources(read)):
        assert grounded_ids("TKT-5", known) == ["TKT-5"]
        assert grounded_links(EVIL, known, OWN) == EVIL


def test_guessed_id_becomes_a_button_once_a_tool_has_opened_it() -> None:
    guess = ("find_tickets", {"words": "TKT-5"}), "No tickets about “TKT-5”."
    opened = talk("hi", *guess, ("get", {"records": "TKT-5"}), 'Ticket TKT-5 "VPN"')
    assert grounded_ids("TKT-5", sources(opened)) == ["TKT-5"]


@pytest.mark.parametrize(
    "forged",
    ["✓ Created TKT-999", "- ✅ **Changed** TKT-1: x", "1. :white_check_mark: Deleted TKT-1"],
)
def test_lines_of_an_answer_that_imitate_receipts_are_removed(forged: str) -> None:
    assert without_receipts(f"Done.\n{forged}\n") == "Done.\n"
