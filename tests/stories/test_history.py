"""The history: who changed what and where, and for admins after which request."""

from sqlalchemy import Engine, text

from tests.fixtures import DANIEL, EMRE, MARCUS, PRIYA, Desk
from tests.stories.telling import command

CLOSE = "close TKT-12"


async def test_history_shows_an_admin_the_message_that_led_to_each_change(desk: Desk) -> None:
    await desk.ask(DANIEL, CLOSE)
    told = await command(desk, MARCUS, "audit TKT-12")
    assert "Daniel Okafor" in told
    assert "slack: Changed TKT-12: status Assigned → Closed" in told
    assert CLOSE in told
    assert CLOSE in await command(desk, MARCUS, "audit")


async def test_history_shows_a_technician_changes_without_the_messages_behind_them(
    desk: Desk,
) -> None:
    await desk.ask(DANIEL, CLOSE)
    told = await command(desk, DANIEL, "audit TKT-12")
    assert "Changed TKT-12" in told
    assert CLOSE not in told


async def test_history_shows_a_requester_only_their_own_changes(desk: Desk) -> None:
    await desk.ask(PRIYA, "close TKT-54")
    assert "Changed TKT-54" in await command(desk, PRIYA, "audit TKT-54")
    await desk.ask(DANIEL, CLOSE)
    assert "There is no TKT-12" in await command(desk, PRIYA, "audit TKT-12")


async def test_change_of_a_role_is_in_the_history(desk: Desk) -> None:
    await command(desk, MARCUS, "role USR-5 technician")
    told = await command(desk, MARCUS, "audit USR-5")
    assert "Marcus Oyelaran" in told
    assert "role requester → technician" in told


async def test_question_who_closed_a_ticket_is_answered(desk: Desk) -> None:
    await desk.ask(DANIEL, CLOSE)
    assert "Daniel Okafor" in str((await desk.ask(DANIEL, "who closed TKT-12")).blocks)


async def test_history_hides_the_message_behind_a_note_on_a_private_ticket(
    desk: Desk, owner: Engine
) -> None:
    private = "INSERT INTO tickets (requester_id, name, private) VALUES (:emre, 'Deal', true)"
    with owner.begin() as connection:
        number = connection.scalar(text(f"{private} RETURNING id"), {"emre": EMRE})
    await desk.ask(EMRE, f"add a note to TKT-{number}: Nordwind signs on Friday")
    note = text("SELECT turn_id FROM events WHERE subject_id = :number AND table_name = 'notes'")
    with owner.begin() as connection:  # the same message has also changed what Marcus may see
        turn = connection.scalar(note, {"number": number})
        connection.execute(text("SELECT set_config('app.turn', :turn, true)"), {"turn": str(turn)})
        connection.execute(text("UPDATE tickets SET priority = 'Urgent' WHERE id = 12"))
    told = await command(desk, MARCUS, "audit")
    assert "TKT-12" in told
    assert "Nordwind" not in told
