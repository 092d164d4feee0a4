"""An answer as one message of Block Kit, in which each record is shown once. Pure functions.

A list becomes lines with a button beside each, a single record its card. All other records get
their buttons in a row below the text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.slack.render.blocks import (
    RETRY,
    Block,
    button,
    buttons,
    context,
    fits,
    line,
    section,
    small_print,
    tool_button,
    without_buttons,
)
from bot.slack.render.literal import literal
from bot.slack.render.markdown_lists import Piece, has_table, item_text, pieces
from bot.slack.render.text import markdown
from services.entities.ages import AGE
from services.entities.base import find_ids
from services.entities.card import Card, Ref, value_text
from services.tools.actions import Action
from services.tools.undo import undo

MAX_PART = 8_000
"""The maximum number of characters of an answer's text in one message, so that buttons fit too."""
MAX_BESIDE = 5
"""The maximum number of buttons for records that items of a list name after their first record.
If there are more, none of these gets a button: the card of an item's first record leads to them."""

RECEIPTS_BLOCK, UNDO_BLOCK, OFFERS_BLOCK = "receipts", "undo", "offers"
DONE, UNDONE = "✅", "↩️ Undone:"
"""The marks with which a receipt begins."""

_MARKS = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True, slots=True)
class Opened:
    """The card of the record that an answer is about: its content, its row in lists, its blocks."""

    card: Card
    row: str
    blocks: Sequence[Block]


def answer_parts(text: str) -> list[str]:
    """Return the text of an answer, cut at paragraphs if one message cannot hold it."""
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > MAX_PART:
        cut = max(rest.rfind(mark, 1, MAX_PART) for mark in ("\n\n", "\n", " "))
        cut = cut if cut > MAX_PART // 2 else MAX_PART
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]


def answer(
    text: str,
    refs: Sequence[Ref] = (),
    *,
    opened: Opened | None = None,
    above: Sequence[Block] = (),
    below: Sequence[Block] = (),
) -> list[Block]:
    """Return one message of an answer: its text and records, between the given blocks."""
    if opened and fits(shown := [*above, *_with_card(text, opened), *below]):
        return shown
    if fits(shown := [*above, *_with_lines(text, refs), *below]):
        return shown
    return [*above, *_words(text), *buttons(refs, "records"), *below]


def ending(
    turn: int,
    receipts: Sequence[str],
    *,
    undoable: bool = False,
    failed: bool = False,
    offers: Sequence[Action] = (),
    menu: Sequence[Block] = (),
    footer: str = "",
    rating: Sequence[Block] = (),
) -> Iterator[Block]:
    """Yield what stands below an answer: receipts with Undo, offers, Try again, small print."""
    if receipts:
        yield _receipts(receipts, DONE)
    if receipts and undoable:
        yield _row(UNDO_BLOCK, [tool_button(Action("Undo", undo, {"turn": turn}))])
    if offers:
        yield _row(OFFERS_BLOCK, [tool_button(each) for each in offers])
    if failed:
        yield _row(RETRY, [button("Try again", RETRY, str(turn))])
    yield from menu
    if footer:
        yield context(footer)
    yield from rating


def _row(block_id: str, buttons: list[Block]) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": buttons}


def with_receipts(blocks: Sequence[Block], receipts: Sequence[str], *, undone: bool) -> list[Block]:
    """Return an answer whose receipts say that its changes were undone, or made again."""
    shown = _receipts(receipts, UNDONE if undone else DONE)
    kept = [block for block in blocks if block.get("block_id") != UNDO_BLOCK]
    return [shown if block.get("block_id") == RECEIPTS_BLOCK else block for block in kept]


def without_retry(blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if block.get("block_id") != RETRY]


def _receipts(receipts: Sequence[str], mark: str) -> Block:
    lines = "  ·  ".join(f"{mark} {receipt}" for receipt in receipts)
    return small_print(literal("{}", lines)) | {"block_id": RECEIPTS_BLOCK}


def _words(text: str) -> list[Block]:
    return [{"type": "markdown", "text": markdown(text.strip("\n"))}] if text.strip() else []


# ---- lists


def _with_lines(text: str, refs: Sequence[Ref]) -> list[Block]:
    """Return the text with a button beside each list item, and the other buttons in a row below."""
    left = {ref.id: ref for ref in refs}
    blocks, prose = _in_lines(text, left)
    said = set(find_ids(prose))
    below = [ref for key, ref in left.items() if key in said]
    beside = [ref for key, ref in left.items() if key not in said]
    below += beside if len(beside) <= MAX_BESIDE else []
    return [*blocks, *buttons(below, "records")]


def _in_lines(text: str, left: dict[str, Ref]) -> tuple[list[Block], str]:
    """Return the text with its lists as lines with buttons, and the text outside of those lists.

    Records that have a button beside a line are removed from `left`.
    """
    blocks: list[Block] = []
    prose, since = "", ""
    for piece in pieces(text):
        if lines := _lines(piece, left):
            blocks += [*_words(since), *lines]
            since = ""
        else:
            since += f"{piece.text}\n\n"
            prose += f"{piece.text}\n\n"
    return [*blocks, *_words(since)], prose


def _lines(piece: Piece, left: dict[str, Ref]) -> list[Block]:
    """Return a list as lines with buttons; remove from `left` the records of these buttons.

    Empty if the piece is no list, or names none of the records in `left`.
    """
    texts = [item_text(item) for item in piece.items]
    keys = [next((key for key in find_ids(item) if key in left), "") for item in piece.items]
    if None in texts or not any(keys):
        return []
    refs = [left.pop(key, None) for key in keys]
    return [
        line(text, ref) if ref else section(text)
        for text, ref in zip(texts, refs, strict=True)
        if text
    ]


# ---- a single record


def subjects(text: str, refs: Sequence[Ref]) -> list[str]:
    """Return the records that may be the answer's only subject, the likeliest first."""
    led = _first_records(text, refs)
    return list(dict.fromkeys([*(led if len(led) == 1 else ()), *(ref.id for ref in refs[:1])]))


def is_about(text: str, refs: Sequence[Ref], card: Card) -> bool:
    """Return whether the card's record is the answer's only subject.

    It is if all other records that the answer names stand on the card.

    Lines that begin with a note or tag of the record may name further records: the button of the
    note or tag leads to them.
    """
    attached = {ref.id for ref in card.attached}
    about = [
        piece_text
        for piece in pieces(text)
        for piece_text in piece.items or [piece.text]
        if _begins_with(piece_text) not in attached
    ]
    others = set(find_ids("\n".join(about))) & {ref.id for ref in refs}
    others -= {card.ref.id, *(ref.id for ref in card.mentioned)}
    return (
        not others and len(set(_first_records(text, refs)) - attached) < 2 and not has_table(text)
    )


def _first_records(text: str, refs: Sequence[Ref]) -> list[str]:
    """Return the ids of records that stand at the beginning of a list item in the text."""
    known = {ref.id for ref in refs}
    firsts = [_begins_with(item) for piece in pieces(text) for item in piece.items]
    return [key for key in firsts if key in known]


def _begins_with(item: str) -> str:
    """Return the id with which an item begins, maybe after marks such as `**`; empty if none."""
    words = _MARKS.sub("", item)
    return next((key for key in find_ids(words)[:1] if words.upper().startswith(key)), "")


def _with_card(text: str, opened: Opened) -> list[Block]:
    """Return the text with the card in place of the lines that it repeats."""
    above: list[str] = []
    below: list[str] = []
    repeated = _Repeated(opened)
    found = False
    for each in text.split("\n"):
        if repeated.has(each):
            found = True
        else:
            (below if found else above).append(each)
    left = {ref.id: ref for ref in opened.card.attached}
    before, _ = _in_lines("\n".join(above), left)
    after, _ = _in_lines("\n".join(below), left)
    card = list(without_buttons(opened.blocks, {ref.id for ref in opened.card.attached} - {*left}))
    return [*before, *card[not before :], *after]


class _Repeated:
    """The lines of a text that its card repeats, which the text leaves out."""

    def __init__(self, opened: Opened) -> None:
        card = opened.card
        self._begins = re.compile(rf"\W*{re.escape(card.ref.id)}\b", re.IGNORECASE)
        self._labels = {each.label.casefold() for each in card.fields} | {"tags", "related"}
        facts = [replace(card, body="").as_text(), opened.row, value_text(card.attached), "tags"]
        self._facts, self._body = _tokens("\n".join(facts)), _tokens(card.body)

    def has(self, line: str) -> bool:
        """Return whether a line repeats facts of the card, as a row, a field or a quotation."""
        if line.lstrip().startswith(">"):
            return _tokens(line) <= self._body
        label = _MARKS.sub("", line.partition(":")[0]).casefold()
        is_fact = label in self._labels or self._begins.match(line)
        return bool(is_fact) and _tokens(line) <= self._facts


def _tokens(text: str) -> set[str]:
    return set(re.findall(r"\w+", AGE.sub("", text.replace("\\", "")).casefold()))
