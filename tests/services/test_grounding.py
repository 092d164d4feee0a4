"""What of a model's words may stay a link."""

import json
from typing import Any

import pytest

from services.agent.grounding import grounded_links, sources, without_receipts

OWN = "https://desk.example"
KNOWN = "https://wiki.example/vpn"


def asked(words: str) -> dict[str, Any]:
    return {"role": "user", "content": words}


def looked_up(result: str, **arguments: str) -> list[dict[str, Any]]:
    function = {"name": "search_tickets", "arguments": json.dumps(arguments)}
    call = {"id": "1", "type": "function", "function": function}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": result},
    ]


def shown(answer: str, *messages: dict[str, Any]) -> str:
    return grounded_links(answer, sources(list(messages)), OWN)


@pytest.mark.parametrize("answer", [f"See {KNOWN}.", f"({KNOWN})", f'"{KNOWN}"', f"[how]({KNOWN})"])
def test_an_address_from_a_record_or_the_person_stays(answer: str) -> None:
    assert shown(answer, asked(f"what is {KNOWN}")) == answer
    assert shown(answer, *looked_up(f"- TKT-1 {KNOWN}. (Open)", words="vpn")) == answer


def test_our_own_pages_stay() -> None:
    assert shown(f"See {OWN}/TKT-12") == f"See {OWN}/TKT-12"
    assert "desk.example.evil" not in shown("https://desk.example.evil/TKT-12")


def test_a_tool_that_repeats_the_models_words_vouches_for_nothing() -> None:
    evil = "https://evil.example/?q=secret"
    told = shown(f"See {evil}", *looked_up(f"No tickets about {evil} here.", words=evil))
    assert "evil.example" not in told


def test_what_the_person_gave_stays_though_the_model_passed_it_on() -> None:
    messages = asked(f"note {KNOWN}"), *looked_up(f"Note {KNOWN}", text=KNOWN)
    assert shown(f"Noted {KNOWN}", *messages) == f"Noted {KNOWN}"


@pytest.mark.parametrize("tail", ["(SECRET)", "'SECRET", "[SECRET]", "|SECRET", "`SECRET"])
def test_an_address_does_not_vouch_for_what_hangs_on_it(tail: str) -> None:
    assert KNOWN not in shown(f"See {KNOWN}{tail}", asked(KNOWN))


def test_lines_that_pass_for_receipts_are_taken_out() -> None:
    assert without_receipts("Done.\n✓ Created TKT-999\n") == "Done.\n"
