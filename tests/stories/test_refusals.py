"""People whom the desk refuses something are told why, and where or by whom it can be done."""

import pytest

from services.context import Audience, Role
from services.errors import NotAllowed
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import ActingAs, after, command

REFUSED = [
    ("set_role", {"person": "USR-6", "role": "admin"}, Role.admin),
    ("set_limit", {"limit": "turns_per_person", "per_hour": 1}, Role.admin),
    ("show_limits", {}, Role.admin),
    ("mark_channel", {"channel": "C1"}, Role.admin),
    ("show_account_conflicts", {}, Role.admin),
    ("relink", {"person": "USR-6", "account": "U0NEW00000"}, Role.admin),
    ("change_settings", {"guests": True}, Role.admin),
    ("update_tickets", {"tickets": "TKT-54", "priority": "High"}, Role.technician),
    ("update_tickets", {"tickets": "TKT-54", "assignee": "me"}, Role.technician),
    ("create_ticket", {"name": "Broken", "assignee": "me"}, Role.technician),
]


@pytest.mark.parametrize(("tool", "arguments", "needs"), REFUSED)
async def test_requester_refused_a_change_is_told_which_role_to_ask(
    acting_as: ActingAs, tool: str, arguments: dict[str, object], needs: Role
) -> None:
    for audience in Audience:
        async with acting_as(PRIYA, audience=audience) as ctx:
            with pytest.raises(NotAllowed) as refused:
                await TOOLS[tool](ctx, **arguments)
        assert f"ask a{'n' if needs == Role.admin else ''} {needs.name}" in str(refused.value)
        assert "directly" not in str(refused.value)


@pytest.mark.parametrize(("tool", "arguments", "needs"), REFUSED[:7])
async def test_admin_refused_in_a_channel_is_told_to_send_a_direct_message(
    acting_as: ActingAs, tool: str, arguments: dict[str, object], needs: Role
) -> None:
    for audience in (Audience.channel, Audience.shared):
        async with acting_as(MARCUS, audience=audience) as ctx:
            with pytest.raises(NotAllowed, match="message me directly to use yours"):
                await TOOLS[tool](ctx, **arguments)


async def test_command_refused_by_role_names_whom_to_ask(desk: Desk) -> None:
    for person in (PRIYA, DANIEL):
        for words in ("role USR-6 admin", "desk on", "limit"):
            said = await command(desk, person, words)
            assert "This is for admins. Please ask an admin of the desk." in said


async def test_refused_consent_card_says_who_refused(desk: Desk) -> None:
    card = await desk.ask(DANIEL, "close TKT-54")
    await desk.slack.press(desk.user(DANIEL), card, "Refuse")
    assert "You refused this: nothing was done." in str((await after(desk, card)).blocks)
    assert "Daniel Okafor refused this: nothing was done." in str(card.blocks)


async def test_history_of_a_record_without_changes_is_a_sentence(desk: Desk) -> None:
    assert "There are no changes yet that you can see." in await command(desk, PRIYA, "audit")
    of_one = await command(desk, PRIYA, "audit TKT-54")
    assert "There are no changes of TKT-54 yet that you can see." in of_one
