"""A consent card shows all of a change; a change that does not fit is refused before that."""

import html
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from bot.slack.render import blocks
from bot.slack.render.text import mrkdwn
from services.changes.consents import Consent
from services.changes.disclosure import Source
from services.changes.preview import ConsentNeeded, perform, preview
from services.context import Actor, Context, Role, acting
from services.entities.machine import Machine
from services.errors import DeskError
from services.sanitize import sanitize
from services.storage.database import Database
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS

ACTOR = Actor(DANIEL, Role.technician, turn_id=4711)
ADMIN = Actor(MARCUS, Role.admin, turn_id=4711)


def call(ctx: Context, tool: str, **arguments: Any) -> partial[Any]:
    return partial(TOOLS[tool], ctx, **arguments)


async def lines(database: Database, actor: Actor, tool: str, **arguments: Any) -> list[str]:
    async with acting(database, actor) as ctx:
        needed = await preview(ctx, call(ctx, tool, **arguments), Source())
    return [change["line"] for change in needed.changes]


async def test_consent_card_shows_a_long_text_whole(database: Database) -> None:
    description = "All of this is shown & nothing is cut. " * 90
    [line] = await lines(
        database, ACTOR, "update_tickets", tickets="TKT-54", description=description
    )
    card = blocks.consent("Update ticket", [line], (), "Daniel", number=1)
    shown = "".join(each["text"]["text"] for each in card if each["type"] == "section")
    assert html.escape(description.strip(), quote=False) in shown
    assert blocks.fits(card)


async def test_change_with_a_text_too_long_for_a_consent_card_is_refused(
    database: Database,
) -> None:
    with pytest.raises(DeskError, match="too long to show"):
        await lines(database, ACTOR, "update_tickets", tickets="TKT-54", description="é" * 9_000)


async def test_change_without_a_line_for_the_consent_card_is_refused(database: Database) -> None:
    with pytest.raises(DeskError, match="can't show you"):
        await lines(database, ADMIN, "set_limit", limit="turns_per_person", per_hour=60)


async def test_call_that_needs_consent_and_changes_nothing_is_refused(database: Database) -> None:
    with pytest.raises(DeskError, match="can't show you"):
        await lines(database, ACTOR, "get", records="TKT-54")


@given(st.lists(st.text(min_size=1, max_size=9_000), min_size=1, max_size=30))
def test_consent_card_within_the_size_limit_fits_uncut_into_one_message(lines: list[str]) -> None:
    try:
        ConsentNeeded([{"line": line, "table_name": "tickets"} for line in lines], {}, "")
    except DeskError:
        return
    card = blocks.consent("Update ticket", lines, (), "Daniel", number=1)
    assert blocks.fits(card)
    shown = "".join(each["text"]["text"] for each in card if each["type"] == "section")
    assert all(mrkdwn(line) in shown or sanitize(line) in shown for line in lines)


INVISIBLE = [
    "\u202e",
    "\u2066",
    "\ufff0",
    "\u17b4",
    "\U0001bca0",
    "\U0001d173",
    "\U000e0041",
    "\U000e0080",
    "\U000e01f0",
    "\U000e0fff",
    "\u200b\u200c\u200d",
    "\u034f\u034f\u034f",
    "\u180b\u180d\u180f",
]


@pytest.mark.parametrize("hidden", INVISIBLE, ids=ascii)
async def test_consent_card_shows_invisible_characters_as_replacement_characters(
    database: Database, hidden: str
) -> None:
    name = f"Dock{hidden} broken"
    shown = await lines(database, ACTOR, "update_tickets", tickets="TKT-54", name=name)
    card = blocks.consent("Update ticket", shown, (), "Daniel", number=1)
    assert "Dock\ufffd broken" in str(card)


async def test_consent_card_names_the_records_that_a_change_refers_to(database: Database) -> None:
    [line] = await lines(database, ACTOR, "update_tickets", tickets="TKT-54", assignee="USR-6")
    assert 'assignee nobody → USR-6 "Daniel Okafor"' in line


async def test_consent_card_names_no_id_for_a_record_that_does_not_exist_yet(
    database: Database,
) -> None:
    ticket, link = await lines(database, ACTOR, "create_ticket", name="Dock", machines=["MAC-5"])
    assert ticket.startswith('Create a new ticket: name "Dock"')
    assert link == 'Link MAC-5 "LT-PRAMAN-01" to a new ticket'


async def test_approved_new_record_is_made_as_shown_under_another_id(database: Database) -> None:
    async with acting(database, ACTOR) as ctx:
        create = call(ctx, "create_ticket", name="Dock", machines=["MAC-5"])
        needed = await preview(ctx, create, Source())
        consent = Consent(changes=needed.changes, versions=needed.versions, readers=needed.readers)
        ticket = await perform(ctx, create, consent, Source())
        linked = await ctx.fetch_all(
            text("SELECT ticket_id FROM ticket_machines WHERE machine_id = 5")
        )
    assert ticket.id in {row["ticket_id"] for row in linked}


async def test_approved_change_that_would_differ_from_the_shown_one_is_refused(
    database: Database,
) -> None:
    async with acting(database, ACTOR) as ctx:
        machine = await Machine.get(ctx, 5)
        needed = await preview(ctx, partial(machine.change, ctx, status="Retired"), Source())
        consent = Consent(changes=needed.changes, versions=needed.versions, readers=needed.readers)
        with pytest.raises(DeskError, match="has changed since"):
            await perform(ctx, partial(machine.change, ctx, status="Lost"), consent, Source())
