"""Watchers of a ticket: who may add and remove them, when consent is needed, and undo."""

import pytest

from services.errors import DeskError, NotAllowed
from services.tools import TOOLS
from tests.fixtures import DANIEL, EMRE, MARCUS, PRIYA, Desk
from tests.stories.telling import ActingAs, after, approved, card_text, command, told

PRIYAS = "TKT-54"
ASK = f"add USR-{EMRE} as a watcher to {PRIYAS}"
WATCHER = f'USR-{EMRE} "Emre Yıldız" as a watcher of {PRIYAS}'
ADDED = f"Added {WATCHER}"


async def change(acting_as: ActingAs, person: int, watcher: int, *, stop: bool = False) -> None:
    async with acting_as(person) as ctx:
        await TOOLS["watch"](ctx, ticket=PRIYAS, person=f"USR-{watcher}", stop=stop)


async def sees(acting_as: ActingAs, person: int) -> bool:
    try:
        await card_text(acting_as, person, PRIYAS)
    except DeskError:
        return False
    return True


async def test_requester_adds_a_watcher_after_consent(desk: Desk, acting_as: ActingAs) -> None:
    card = await desk.ask(PRIYA, ASK)
    assert f"Add {WATCHER}" in str(card.blocks)
    assert not await sees(acting_as, EMRE)
    await desk.slack.press(desk.user(PRIYA), card, "Approve")
    assert ADDED in str((await after(desk, card)).blocks)
    assert f"Watchers: USR-{EMRE}" in await card_text(acting_as, EMRE, PRIYAS)
    assert ADDED in await command(desk, PRIYA, f"audit {PRIYAS}")


async def test_undo_of_adding_a_watcher_removes_the_watcher(
    desk: Desk, acting_as: ActingAs
) -> None:
    answer = await approved(desk, DANIEL, ASK)
    assert "Undone: Removed USR-22" in await told(desk, DANIEL, answer, "Undo")
    assert not await sees(acting_as, EMRE)


async def test_watcher_stops_watching_without_consent_and_can_undo_that(
    desk: Desk, acting_as: ActingAs
) -> None:
    await change(acting_as, PRIYA, EMRE)
    answer = await desk.ask(EMRE, f"stop watching {PRIYAS}")
    assert f"Removed {WATCHER}" in str(answer.blocks)
    assert not await sees(acting_as, EMRE)
    assert "Undone" in await told(desk, EMRE, answer, "Undo")
    assert await sees(acting_as, EMRE)


async def test_removed_watcher_cannot_return_by_undoing_an_earlier_leaving(
    desk: Desk, acting_as: ActingAs
) -> None:
    await change(acting_as, PRIYA, EMRE)
    answer = await desk.ask(EMRE, f"stop watching {PRIYAS}")
    await change(acting_as, PRIYA, EMRE)
    await change(acting_as, PRIYA, EMRE, stop=True)
    assert "no change of yours" in await told(desk, EMRE, answer, "Undo")
    assert not await sees(acting_as, EMRE)


async def test_technician_must_confirm_before_the_desk_lets_them_watch_a_ticket_of_others(
    desk: Desk,
) -> None:
    card = await desk.ask(DANIEL, f"watch {PRIYAS}")
    assert "do you approve?" in str(card.blocks)


async def test_watcher_can_neither_add_nor_remove_other_watchers(acting_as: ActingAs) -> None:
    await change(acting_as, PRIYA, EMRE)
    await change(acting_as, PRIYA, MARCUS)
    for watcher, stop in ((DANIEL, False), (MARCUS, True)):
        with pytest.raises(NotAllowed, match="requester and by technicians"):
            await change(acting_as, EMRE, watcher, stop=stop)


async def test_adding_a_present_or_removing_an_absent_watcher_is_refused(
    acting_as: ActingAs,
) -> None:
    await change(acting_as, PRIYA, EMRE)
    for watcher, stop in ((EMRE, False), (MARCUS, True)):
        with pytest.raises(DeskError, match="Nothing to change"):
            await change(acting_as, PRIYA, watcher, stop=stop)


async def test_ticket_changed_since_the_consent_card_gets_no_watcher(
    desk: Desk, acting_as: ActingAs
) -> None:
    card = await desk.ask(DANIEL, ASK)
    async with acting_as(MARCUS) as ctx:
        await TOOLS["update_tickets"](ctx, tickets=PRIYAS, description="Now with a secret")
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    assert "has changed since this was shown" in str((await after(desk, card)).blocks)
    assert not await sees(acting_as, EMRE)
