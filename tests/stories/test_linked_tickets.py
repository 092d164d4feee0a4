"""Tickets are linked and merged, and the cards of both tickets show it."""

import re

import pytest
from sqlalchemy import Engine, text

from services.errors import DeskError
from services.tools import TOOLS
from tests.fixtures import DANIEL, EMRE, PRIYA, Desk
from tests.stories.telling import ActingAs, after, card_text, told
from tests.stories.test_update_tickets import told as lines_of


async def link(acting_as: ActingAs, ticket: str, to: str, kind: str) -> list[str]:
    async with acting_as(DANIEL) as ctx:
        return await lines_of(ctx, "link_tickets", ticket=ticket, to=to, kind=kind)


async def unlink(acting_as: ActingAs, ticket: str, to: str) -> list[str]:
    async with acting_as(DANIEL) as ctx:
        return await lines_of(ctx, "unlink_tickets", ticket=ticket, to=to)


async def test_cards_of_a_ticket_and_its_part_name_each_other(acting_as: ActingAs) -> None:
    [line] = await link(acting_as, "TKT-54", "TKT-19", "parent")
    assert re.fullmatch('Placed TKT-54 ".*" under TKT-19 ".*"', line)
    assert "Part of: TKT-19" in await card_text(acting_as, DANIEL, "TKT-54")
    assert "Parts: TKT-54" in await card_text(acting_as, DANIEL, "TKT-19")
    assert "TKT-19" not in await card_text(acting_as, PRIYA, "TKT-54")
    async with acting_as(DANIEL) as ctx:
        page = await TOOLS["find_tickets"](ctx, parent="TKT-19")
    assert [row.ref.id for row in page.rows] == ["TKT-54"]


async def test_receipt_for_closing_a_ticket_names_its_open_parts(acting_as: ActingAs) -> None:
    for part in ("TKT-54", "TKT-58"):
        await link(acting_as, part, "TKT-19", "parent")
    async with acting_as(DANIEL) as ctx:
        await lines_of(ctx, "update_tickets", tickets="TKT-58", status="Closed")
        lines = await lines_of(ctx, "update_tickets", tickets="TKT-19", status="Closed")
    assert lines[-1] == (
        "Parts of TKT-19 that are still open: TKT-54 Workstation does not see the second SSD."
    )


async def test_related_tickets_are_unlinked_from_either_side(acting_as: ActingAs) -> None:
    assert "Related tickets: TKT-1 " in await card_text(acting_as, DANIEL, "TKT-45")
    [line] = await unlink(acting_as, "TKT-1", "TKT-45")
    assert re.fullmatch('Unlinked TKT-45 ".*" from TKT-1 ".*"', line)
    assert "Related tickets" not in await card_text(acting_as, DANIEL, "TKT-45")
    with pytest.raises(DeskError, match="TKT-1 is not linked to TKT-45"):
        await unlink(acting_as, "TKT-1", "TKT-45")


async def test_unlinking_removes_every_kind_of_link_between_two_tickets(
    acting_as: ActingAs,
) -> None:
    for kind in ("parent", "related"):
        await link(acting_as, "TKT-54", "TKT-19", kind)
    lines = await unlink(acting_as, "TKT-19", "TKT-54")
    assert [line.split()[0] for line in lines] == ["Removed", "Unlinked"]


@pytest.mark.parametrize(
    ("ticket", "to", "kind", "sentence"),
    [
        ("TKT-54", "TKT-54", "related", "A ticket can't be linked to itself."),
        ("TKT-1", "TKT-45", "related", "Nothing to change: TKT-1 is linked to TKT-45 already."),
        ("TKT-47", "TKT-19", "parent", "TKT-47 is a part of TKT-10 already."),
        ("TKT-10", "TKT-47", "parent", "TKT-47 itself belongs to TKT-10"),
    ],
)
async def test_impossible_link_between_tickets_is_refused_with_the_reason(
    acting_as: ActingAs, ticket: str, to: str, kind: str, sentence: str
) -> None:
    with pytest.raises(DeskError, match=sentence):
        await link(acting_as, ticket, to, kind)


async def test_merging_closes_a_ticket_and_moves_its_people_and_machines(
    acting_as: ActingAs,
) -> None:
    async with acting_as(DANIEL) as ctx:
        await lines_of(ctx, "update_tickets", tickets="TKT-58", add_machines=["MAC-6"])
        await lines_of(ctx, "watch", ticket="TKT-58", person="Kenji Watanabe")
        lines = await lines_of(ctx, "merge_tickets", tickets=["TKT-58"], into="TKT-54")
    assert any(re.fullmatch("Marked TKT-58 .* as a duplicate of TKT-54 .*", each) for each in lines)
    assert any(f"Added USR-{EMRE} " in line and "watcher of TKT-54" in line for line in lines)
    merged = await card_text(acting_as, EMRE, "TKT-58")
    assert "Status: Closed" in merged
    assert "Resolution: Merged into TKT-54." in merged
    assert "Duplicate of: TKT-54" in merged
    kept = await card_text(acting_as, EMRE, "TKT-54")
    assert "Kenji Watanabe" in kept
    assert "MAC-6" in await card_text(acting_as, DANIEL, "TKT-54")
    assert "TKT-58" not in await card_text(acting_as, PRIYA, "TKT-54")


@pytest.mark.parametrize(
    ("ticket", "into", "sentence"),
    [
        ("TKT-26", "TKT-26", "A ticket can't be linked to itself."),
        ("TKT-54", "TKT-31", "TKT-31 is a duplicate itself: merge into TKT-26."),
        ("TKT-31", "TKT-26", "Nothing to change"),
        ("TKT-31", "TKT-54", "TKT-31 is a duplicate of TKT-26 already."),
    ],
)
async def test_impossible_merge_of_tickets_is_refused_with_the_reason(
    acting_as: ActingAs, ticket: str, into: str, sentence: str
) -> None:
    with pytest.raises(DeskError, match=sentence):
        async with acting_as(DANIEL) as ctx:
            await TOOLS["merge_tickets"](ctx, tickets=[ticket], into=into)


async def test_consent_card_of_a_merge_names_new_readers_and_undo_reverses_the_merge(
    desk: Desk, acting_as: ActingAs
) -> None:
    before = await card_text(acting_as, DANIEL, "TKT-54")
    card = await desk.ask(DANIEL, "merge TKT-58 into TKT-54")
    assert "as a watcher of TKT-54" in str(card.blocks)
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    answer = await after(desk, card)
    assert "Merged TKT-58 into TKT-54." in str(answer.blocks)
    assert "Undone" in await told(desk, DANIEL, answer, "Undo")
    assert "Status: Open" in await card_text(acting_as, DANIEL, "TKT-58")
    assert without_change(await card_text(acting_as, DANIEL, "TKT-54")) == without_change(before)


def without_change(card: str) -> list[str]:
    return [line for line in card.splitlines() if not line.startswith("Updated:")]


async def test_card_of_a_ticket_shows_how_long_answer_and_solution_took(
    acting_as: ActingAs, owner: Engine
) -> None:
    moved = "UPDATE tickets SET created_at = created_at - interval '2 days' WHERE id = 58"
    with owner.begin() as connection:
        connection.execute(text(moved))
    async with acting_as(DANIEL) as ctx:
        await TOOLS["add_note"](ctx, on="TKT-58", text="Only for us", internal=True)
        await TOOLS["add_note"](ctx, on="TKT-58", text="Try Monday's password")
        await TOOLS["update_tickets"](ctx, tickets=["TKT-58"], status="Closed")
    shown = await card_text(acting_as, EMRE, "TKT-58")
    assert "First answer after: 2 d" in shown
    assert "Solved after: 2 d" in shown
    assert "Solved after" not in await card_text(acting_as, DANIEL, "TKT-54")
