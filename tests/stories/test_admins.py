"""Admins set roles and the desk's own channels by command, and each change is in the history."""

from sqlalchemy import Engine, text

from bot.cli.role import set_role
from bot.slack.render.cards import expanded
from services.agent.tool_calls import OFFERED
from services.tools import TOOLS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import command


async def test_admin_makes_a_person_a_technician_by_command(desk: Desk, owner: Engine) -> None:
    assert "Technician" in await command(desk, MARCUS, "role usr-5 technician")
    assert "TKT-12" in expanded((await desk.ask(PRIYA, "show TKT-12")).blocks)
    with owner.connect() as connection:
        query = "SELECT record_id, after FROM events WHERE actor_id = :admin"
        changes = connection.execute(text(query), {"admin": MARCUS}).all()
    assert changes == [(PRIYA, {"role": "technician"})]


async def test_only_admins_change_roles_and_never_their_own(desk: Desk) -> None:
    assert "is for admins" in await command(desk, DANIEL, "role USR-6 admin")
    assert "another admin" in await command(desk, MARCUS, "role USR-2 requester")
    assert "Choose requester, technician or admin." in await command(
        desk, MARCUS, "role USR-5 king"
    )


async def test_admin_who_gives_a_role_that_the_person_has_is_told_so(desk: Desk) -> None:
    assert "Nothing to change: USR-6" in await command(desk, MARCUS, "role USR-6 technician")


async def test_technician_acts_with_own_rights_in_a_desk_channel(desk: Desk) -> None:
    channel = desk.slack.channel("it-help").id
    hidden = await desk.ask(DANIEL, "@Deskhand show TKT-12", channel)
    assert hidden.buttons == []
    assert "own now" in await command(desk, MARCUS, "desk on")
    shown = await desk.ask(DANIEL, "@Deskhand show TKT-12", channel)
    assert "TKT-12" in str(shown.buttons)


async def test_tools_that_only_people_may_call_are_not_offered_to_models(desk: Desk) -> None:
    by_hand = {name for name, tool in TOOLS.items() if tool.by_hand}
    assert by_hand == {
        *("set_role", "set_limit", "show_limits", "mark_channel"),
        *("show_account_conflicts", "relink"),
        *("show_models", "prefer_model", "choose_model", "change_settings"),
        *("add_model", "test_model", "put_model_first", "order_models", "remove_model"),
        *("show_privacy", "show_budget"),
        *("rate_answer", "show_feedback", "delete_conversation"),
    }
    assert not by_hand & set(OFFERED)


def test_role_command_on_the_command_line_changes_a_role(fresh_database: str) -> None:
    told = set_role(fresh_database, "priya.raman@alderway.example", "technician")
    assert told == "Priya Raman is a technician now."
