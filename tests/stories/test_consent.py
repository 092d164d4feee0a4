"""Changes that concern others wait for consent, and are made only as they were shown."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot import scheduled
from bot.cli.ask import ask
from services.agent.loop import Agent
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import ActingAs, after, card_text, told

PRIYAS = "TKT-54"
ASK = f"close {PRIYAS}"


async def status(acting_as: ActingAs) -> str:
    card = await card_text(acting_as, DANIEL, PRIYAS)
    return next(line for line in card.splitlines() if line.startswith("Status: "))


async def test_consent_card_shows_the_record_with_its_value_before_and_after(
    desk: Desk, acting_as: ActingAs
) -> None:
    card = await desk.ask(DANIEL, ASK)
    shown = str(card.blocks)
    assert "Daniel Okafor, do you approve?" in shown
    assert "Change tickets" in shown
    assert "update_tickets" not in shown
    assert f"Change {PRIYAS}: status Open → Closed" in shown
    assert f"entity:{PRIYAS}" in shown
    assert await status(acting_as) == "Status: Open"


async def test_change_approved_by_the_person_is_made_and_the_turn_continues(
    desk: Desk, acting_as: ActingAs
) -> None:
    card = await desk.ask(DANIEL, ASK)
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    answer = await after(desk, card)
    assert f"Closed {PRIYAS}" in str(answer.blocks)
    assert f"Changed {PRIYAS}: status Open → Closed" in str(answer.blocks)
    assert await status(acting_as) == "Status: Closed"
    await desk.slack.until(lambda: "Approved and done." in str(card.blocks))
    assert "Approve'" not in str(card.blocks)


async def test_change_refused_by_the_person_is_not_made_and_the_turn_continues(
    desk: Desk, acting_as: ActingAs
) -> None:
    card = await desk.ask(DANIEL, ASK)
    await desk.slack.press(desk.user(DANIEL), card, "Refuse")
    assert "You refused this: nothing was done." in str((await after(desk, card)).blocks)
    assert await status(acting_as) == "Status: Open"


async def test_change_of_ones_own_record_needs_no_consent(desk: Desk) -> None:
    assert "Closed TKT-12" in str((await desk.ask(DANIEL, "close TKT-12")).blocks)


async def test_only_the_person_who_asked_can_decide_about_a_consent_card(
    desk: Desk, acting_as: ActingAs
) -> None:
    async with acting_as(MARCUS) as ctx:
        channel = desk.slack.channel("general").id
        await TOOLS["mark_channel"](ctx, channel=channel, desk=True)
    card = await desk.ask(DANIEL, f"@Deskhand {ASK}", channel)
    assert "Only the person who asked" in await told(desk, MARCUS, card, "Approve")
    assert await status(acting_as) == "Status: Open"


async def test_approving_twice_at_once_changes_the_record_once(desk: Desk, owner: Engine) -> None:
    card = await desk.ask(DANIEL, ASK)
    press = desk.slack.press
    await asyncio.gather(*(press(desk.user(DANIEL), card, "Approve") for _ in range(2)))
    await after(desk, card)
    with owner.connect() as connection:
        query = "SELECT count(*) FROM events WHERE table_name = 'tickets' AND record_id = 54"
        assert connection.scalar(text(query)) == 1


async def test_record_changed_since_the_consent_card_is_not_changed(
    desk: Desk, acting_as: ActingAs
) -> None:
    card = await desk.ask(DANIEL, ASK)
    async with acting_as(MARCUS) as ctx:
        await TOOLS["update_tickets"](ctx, tickets=PRIYAS, name="Changed meanwhile")
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    assert "has changed since this was shown" in str((await after(desk, card)).blocks)
    assert await status(acting_as) == "Status: Open"


async def test_failure_after_approval_is_shown_on_the_consent_card(
    desk: Desk, owner: Engine, acting_as: ActingAs
) -> None:
    card = await desk.ask(DANIEL, ASK)
    with owner.begin() as connection:
        connection.execute(text("UPDATE people SET role = 'requester' WHERE id = 6"))
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    await after(desk, card)
    why = f"Not done: There is no {PRIYAS} that you can see here."
    await desk.slack.until(lambda: why in str(card.blocks))
    assert await status(acting_as) == "Status: Open"


async def test_another_message_of_the_asker_withdraws_the_consent_card(
    desk: Desk, acting_as: ActingAs
) -> None:
    card = await desk.ask(DANIEL, ASK)
    await desk.slack.say(desk.user(DANIEL), card.channel, "who is Priya?", card.thread_ts)
    assert "USR-5" in str((await after(desk, card)).blocks)
    await desk.slack.until(lambda: "did not approve this" in str(card.blocks))
    assert await status(acting_as) == "Status: Open"


async def test_consent_card_expires_after_half_an_hour_without_a_decision(
    desk: Desk, owner: Engine, acting_as: ActingAs
) -> None:
    card = await desk.ask(DANIEL, ASK)
    with owner.begin() as connection:
        connection.execute(text("UPDATE consents SET asked_at = asked_at - interval '31 minutes'"))
    await desk.runtime.queue.configure_task(scheduled.expire_consents.__name__).defer_async()
    assert "within 30 minutes" in str((await after(desk, card)).blocks)
    assert await status(acting_as) == "Status: Open"


async def test_approving_an_expired_consent_card_changes_nothing(desk: Desk, owner: Engine) -> None:
    card = await desk.ask(DANIEL, ASK)
    with owner.begin() as connection:
        connection.execute(text("UPDATE consents SET asked_at = asked_at - interval '31 minutes'"))
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    assert "within 30 minutes" in str((await after(desk, card)).blocks)


async def test_change_approved_before_a_crash_is_made_once(
    desk: Desk, acting_as: ActingAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await desk.ask(DANIEL, ASK)
    run, crashes = Agent.run, []

    async def crashing(*given: Any) -> Any:
        if not crashes:
            crashes.append(1)
            raise SystemError
        return await run(*given)

    monkeypatch.setattr(Agent, "run", crashing)
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    assert f"Closed {PRIYAS}" in str((await after(desk, card)).blocks)
    assert crashes
    assert await status(acting_as) == "Status: Closed"


@pytest.mark.usefixtures("impatient_jobs")
async def test_consent_card_is_shown_once_if_slack_did_not_confirm_posting_it(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", drop="after")
    card = await desk.ask(DANIEL, ASK)
    await desk.slack.press(desk.user(DANIEL), card, "Approve")
    assert f"Closed {PRIYAS}" in str((await after(desk, card)).blocks)


async def test_ask_command_without_a_terminal_refuses_changes_that_need_consent(
    desk: Desk, fresh_database: str, acting_as: ActingAs
) -> None:
    settings = desk.runtime.settings
    answer = await ask(settings, fresh_database, ASK, "daniel.okafor@alderway.example")
    assert answer.startswith("You refused this: nothing was done.")
    assert await status(acting_as) == "Status: Open"


async def test_requester_closes_own_ticket_without_consent(desk: Desk) -> None:
    assert f"Closed {PRIYAS}" in str((await desk.ask(PRIYA, ASK)).blocks)
