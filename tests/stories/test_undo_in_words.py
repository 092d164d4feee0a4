"""“Undo that” as a message needs consent where other changes would."""

from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import ActingAs, after, approved, card_text, told


async def test_undo_requested_in_words_needs_consent_if_the_change_did(
    desk: Desk, acting_as: ActingAs
) -> None:
    done = await approved(desk, DANIEL, "close TKT-54")
    assert "Closed TKT-54" in str(done.blocks)
    card = await desk.ask(DANIEL, "undo that")
    assert "Change TKT-54: status Closed → Open" in str(card.blocks)
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    assert "Undone" in str((await after(desk, card)).blocks)
    assert "Status: Open" in await card_text(acting_as, DANIEL, "TKT-54")


async def test_undo_of_several_records_needs_consent_only_if_requested_in_words(
    desk: Desk, acting_as: ActingAs
) -> None:
    answer = await desk.ask(PRIYA, "close TKT-54; add a note to TKT-54: it works again")
    card = await desk.ask(PRIYA, "undo that")
    assert "Change TKT-54: status Closed → Open" in str(card.blocks)
    assert "Delete NOTE-" in str(card.blocks)
    await desk.slack.press(desk.user(PRIYA), card, "Refuse")
    assert "nothing was done" in str((await after(desk, card)).blocks)
    assert "Undone" in await told(desk, PRIYA, answer, "Undo")
    assert "Status: Open" in await card_text(acting_as, PRIYA, "TKT-54")


async def test_undo_of_a_change_to_ones_own_record_needs_no_consent(desk: Desk) -> None:
    await desk.ask(DANIEL, "close TKT-12")
    assert "Undone" in str((await desk.ask(DANIEL, "undo that")).blocks)


async def test_undo_in_a_public_channel_has_only_requester_rights(
    desk: Desk, acting_as: ActingAs
) -> None:
    """Daniel is the ticket's requester: otherwise the channel would not show him the change."""
    channel = desk.slack.channel("general").id
    async with acting_as(MARCUS) as ctx:
        await TOOLS["mark_channel"](ctx, channel=channel, desk=True)
    changed = await desk.ask(DANIEL, "@Deskhand set the priority of TKT-18 to high", channel)
    async with acting_as(MARCUS) as ctx:
        await TOOLS["mark_channel"](ctx, channel=channel, desk=False)
    told = await desk.ask(DANIEL, "@Deskhand undo that", channel, changed.thread_ts)
    assert "you may not change this here" in str(told.blocks)
    assert "Others can read this channel" in str(told.blocks)
    assert "Priority: High" in await card_text(acting_as, DANIEL, "TKT-18")
