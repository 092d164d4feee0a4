"""Cards: each kind of value on each surface, and nothing about what the viewer may not see."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text

from bot.slack.render.literal import field_text
from bot.web.templating import make_templates
from services.entities.card import Card, Field, Quantity, Ref, Value, value_text
from services.entities.column import Choice
from tests.fixtures import DANIEL, MARCUS, PRIYA
from tests.stories.telling import ActingAs, card_text

REF = Ref("MAC-3", "💻", "Laptop", "Dell")
MOMENT = datetime(2027, 1, 31, 9, 30, tzinfo=UTC)

VALUES: list[tuple[Value, str, str, str]] = [
    ("Dock", "Dock", "Dock", "<bdi>Dock</bdi>"),
    (True, "yes", "yes", "<bdi>yes</bdi>"),
    (Quantity(32, "GB"), "32 GB", "32 GB", "<bdi>32 GB</bdi>"),
    (Quantity(3), "3", "3", "<bdi>3</bdi>"),
    (date(2027, 1, 31), "2027-01-31", "2027-01-31", "<bdi>2027-01-31</bdi>"),
    (MOMENT, "2027-01-31 09:30 UTC", "|2027-01-31 09:30 UTC>", "2027-01-31T09:30:00+00:00"),
    (Choice("Lost", "red"), "Lost", "Lost", 'class="pill red">Lost'),
    (Choice("Laptop"), "Laptop", "Laptop", "<bdi>Laptop</bdi>"),
    (REF, 'MAC-3 "Laptop" (Dell)', "💻 Laptop  MAC-3", 'href="/MAC-3"'),
    ((REF,), 'MAC-3 "Laptop" (Dell)', "💻 Laptop  MAC-3", "<li><a"),
]


@pytest.mark.parametrize(("value", "plain", "slack", "web"), VALUES)
def test_card_shows_each_kind_of_value(value: Value, plain: str, slack: str, web: str) -> None:
    assert value_text(value) == plain
    assert slack in str(field_text(Field("Label", value), 2_000)["text"])
    page = make_templates().from_string(
        '{% import "parts.html" as parts %}{{ parts.value(field, now) }}'
    )
    assert web in page.render(field=Field("Label", value), now=MOMENT)


def test_card_as_text_has_a_line_for_each_field() -> None:
    fields = (Field("Status", Choice("Lost", "red")), Field("RAM", Quantity(32, "GB")))
    card = Card(REF, "Machine", fields)
    assert card.as_text() == 'Machine MAC-3 "Laptop"\nStatus: Lost\nRAM: 32 GB'


async def test_card_of_a_ticket_leaves_out_machines_that_the_viewer_may_not_see(
    acting_as: ActingAs, owner: Engine
) -> None:
    with owner.begin() as connection:  # a machine that is not Priya's
        link = "INSERT INTO ticket_machines (ticket_id, machine_id) VALUES (54, :machine)"
        connection.execute(text("DELETE FROM ticket_machines WHERE ticket_id = 54"))
        machine = connection.scalar(text("SELECT min(id) FROM machines WHERE person_id <> 5"))
        connection.execute(text(link), {"machine": machine})
    assert f"Machines: MAC-{machine}" in await card_text(acting_as, DANIEL, "TKT-54")
    assert "Machines" not in await card_text(acting_as, PRIYA, "TKT-54")


async def test_card_of_a_colleague_names_no_machines_or_tickets(acting_as: ActingAs) -> None:
    shown = await card_text(acting_as, PRIYA, f"USR-{DANIEL}")
    assert "Machines" not in shown
    assert "tickets" not in shown
    assert "Role" not in shown


@pytest.mark.parametrize(("viewer", "role"), [(MARCUS, "Role: Technician"), (PRIYA, "")])
async def test_card_of_a_person_shows_the_role_to_staff(
    acting_as: ActingAs, viewer: int, role: str
) -> None:
    shown = await card_text(acting_as, viewer, f"USR-{DANIEL}")
    assert [line for line in shown.splitlines() if line.startswith("Role")] == [role][: bool(role)]


async def test_card_shows_a_yes_or_no_field_only_while_it_is_yes(
    acting_as: ActingAs, owner: Engine
) -> None:
    assert "Private" not in await card_text(acting_as, PRIYA, "TKT-54")
    with owner.begin() as connection:
        connection.execute(text("UPDATE tickets SET private = true WHERE id = 54"))
    assert "Private: yes" in await card_text(acting_as, PRIYA, "TKT-54")
