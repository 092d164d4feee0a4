"""An answer shows each record once: beside its line, as a card, or in one row below."""

from typing import Any

import pytest

from bot.slack.render import cards
from bot.slack.render.answers import Opened, answer, is_about, subjects
from bot.slack.render.blocks import fits
from bot.slack.render.cards import expanded, with_card
from bot.slack.render.markdown_lists import item_text, pieces
from services.entities.card import Card, Field, Ref
from services.entities.column import Choice

DOCK, FAN = Ref("TKT-12", "🎫", "Screens go black"), Ref("TKT-37", "🎫", "Fan is loud")
PRIYA, NOTE = Ref("USR-5", "👤", "Priya Raman"), Ref("NOTE-3", "📝", "Swapped the dock")
CARD = Card(
    DOCK, "Ticket", (Field("Status", Choice("Open")), Field("Requester", PRIYA)),
    "It flickers.\nEvery hour.", attached=(NOTE,),
)  # fmt: skip
ROW = 'TKT-12 "Screens go black" | Open | by USR-5 Priya Raman | created 3 d ago'


def opened() -> Opened:
    return Opened(CARD, ROW, cards.card(CARD, "https://desk.example/TKT-12"))


def beside(shown: list[Any]) -> dict[str, str]:
    """Return the lines that have a button, by the ids of their records."""
    lines = [each for each in shown if "accessory" in each]
    return {each["accessory"]["value"]: each["text"]["text"] for each in lines}


def below(shown: list[Any]) -> list[str]:
    rows = [each for each in shown if each["type"] == "actions"]
    return [element["value"] for row in rows for element in row["elements"] if "value" in element]


def prose(shown: list[Any]) -> list[str]:
    return [each["text"] for each in shown if each["type"] == "markdown"]


# ---- lists


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ("- TKT-12 is open", "• TKT-12 is open"),
        ("1. **TKT-12** Screens, _high_", "1. *TKT-12* Screens, _high_"),
        ("* `TKT-12` <Screens>", "• `TKT-12` &lt;Screens&gt;"),
        ("- Priya's dock: **TKT-12**", "• Priya's dock: *TKT-12*"),
        ("- TKT-12 “a \\* b”", "• TKT-12 “a * b”"),
        ("- **TKT-12** of my_site", "• TKT-12 of my_site"),
        ("- TKT-12\n  - since Monday", "• TKT-12\n    ◦ since Monday"),
    ],
)
def test_item_of_a_list_has_the_button_of_its_record_beside_the_text(item: str, line: str) -> None:
    shown = answer(f"Two tickets:\n\n{item}\n- TKT-37, loud\n\nAnything else?", [DOCK, FAN])
    assert beside(shown)["TKT-12"] == line
    assert prose(shown) == ["Two tickets:", "Anything else?"]
    assert below(shown) == []


def test_record_has_one_button_however_often_an_answer_names_it() -> None:
    shown = answer("TKT-12 first:\n- TKT-12 is open\n- TKT-12 again\n\nSo TKT-12.", [DOCK])
    assert list(beside(shown)) == ["TKT-12"]
    assert below(shown) == []


def test_up_to_five_records_named_within_list_items_get_buttons_below_the_list() -> None:
    others = [Ref(f"USR-{n}", "👤", "Somebody") for n in range(1, 7)]
    lines = "\n".join(f"- TKT-{n} by USR-{n}" for n in range(1, 7))
    tickets = [Ref(f"TKT-{n}", "🎫", "Something") for n in range(1, 7)]
    assert below(answer(lines, [*tickets, *others])) == []
    assert below(answer(lines, [*tickets, *others[:2]])) == ["USR-1", "USR-2"]


@pytest.mark.parametrize(
    "text",
    [
        "TKT-12 and TKT-37 are open.",
        "| | TKT-12 | TKT-37 |\n|---|---|---|\n| status | open | new |",
        "```\n- TKT-12\n- TKT-37\n```",
        "- TKT-12: see https://desk.example/x\n- TKT-37",
        "\n".join(f"- TKT-12, TKT-37, {n}" for n in range(60)),
    ],
    ids=["prose", "table", "code", "address", "too many lines"],
)
def test_records_in_a_text_without_a_list_get_one_row_of_buttons_below(text: str) -> None:
    shown = answer(text, [DOCK, FAN])
    assert prose(shown) == [text]
    assert below(shown) == ["TKT-12", "TKT-37"]


def test_list_item_too_long_for_a_line_with_a_button_stays_markdown() -> None:
    assert item_text(f"• TKT-12 {'a' * 3_000}") is None


def test_blank_and_unindented_lines_between_items_do_not_end_a_list() -> None:
    [one, two] = [piece.items for piece in pieces("- a\nb\n\n- c\n\nd\n1. e")][::2]
    assert (one, two) == (["• a b", "• c"], ["1. e"])


# ---- a single record


def test_card_of_an_answers_only_record_replaces_the_lines_that_repeat_it() -> None:
    text = (
        "Here it is:\n**TKT-12 “Screens go black”**\nStatus: Open\nRequester: USR-5 “Priya Raman”\n"
        "> It flickers.\n> Every hour.\nStatus: not Closed\nI would swap the dock."
    )
    shown = answer(text, [DOCK, PRIYA], opened=opened())
    assert expanded(shown) == ["TKT-12"]
    assert prose(shown) == ["Here it is:", "Status: not Closed\nI would swap the dock."]
    assert "entity:TKT-12" not in str(shown)


def test_card_of_an_answers_only_record_replaces_the_row_of_that_record() -> None:
    text = "1 ticket:\n- TKT-12 “Screens go black”, Open, by USR-5 Priya Raman, created 14 d ago"
    assert prose(answer(text, [DOCK, PRIYA], opened=opened())) == ["1 ticket:"]


def test_note_in_a_list_has_a_button_beside_its_item() -> None:
    shown = answer("Notes:\n- NOTE-3: Swapped the dock", [DOCK, NOTE], opened=opened())
    assert list(beside(shown)) == ["NOTE-3"]
    assert str(shown).count("entity:NOTE-3") == 1


@pytest.mark.parametrize(
    ("text", "is_single"),
    [
        ("TKT-12 is Priya's (USR-5).", True),
        ("TKT-12\n- NOTE-3 by USR-9\n- NOTE-3 like TKT-37", True),
        ("I closed TKT-12.", True),
        ("- TKT-12 “Screens go black”", True),
        ("TKT-12 is like TKT-37.", False),
        ("- TKT-12\n- USR-5", False),
        ("| TKT-12 | USR-5 |\n|---|---|", False),
    ],
)
def test_answer_is_about_the_record_whose_card_names_all_others_in_the_answer(
    text: str, is_single: bool
) -> None:
    refs = [ref for ref in (DOCK, FAN, PRIYA, NOTE) if ref.id in text]
    assert subjects(text, refs)[0] == "TKT-12"
    assert is_about(text, refs, CARD) is is_single


# ---- cards that are opened by a press


def test_card_opens_below_the_line_of_its_record_and_is_updated_there() -> None:
    listed = answer("- TKT-12\n- TKT-37\n\nThat is all.", [DOCK, FAN])
    shown = with_card(listed, list(opened().blocks))
    assert [each.get("block_id", "").partition(":")[0] for each in shown[:3]] == [
        "",
        "card",
        "card",
    ]
    assert with_card(shown, list(opened().blocks)) == shown


def test_changed_card_stays_at_the_top_of_its_answer() -> None:
    footnote = {"type": "context", "elements": [{"type": "mrkdwn", "text": "By built-in rules"}]}
    shown = answer("TKT-12", opened=opened(), below=[footnote])
    assert with_card(shown, list(opened().blocks)) == shown


def test_other_open_cards_are_removed_when_a_message_grows_too_big() -> None:
    crowd = [
        block | {"block_id": f"card:TKT-37:{n}"} for n, block in enumerate([{"type": "x"}] * 45)
    ]
    shown = with_card([{"type": "markdown", "text": "TKT-12"}, *crowd], list(opened().blocks))
    assert expanded(shown) == ["TKT-12"]
    assert fits(shown)
