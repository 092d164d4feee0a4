"""Change those columns of people that don't come from Slack."""

from typing import Any

from services.context import Context, Role
from services.entities.person import Person
from services.errors import DeskError
from services.tools.changing import differing, nothing_to_change, only_active
from services.tools.columns import values_of, with_columns
from services.tools.surfaces import CardButton
from services.tools.tool import tool


async def _is_somebody_else(ctx: Context, person: Person, **_: Any) -> bool:
    return person.id != ctx.actor.person_id


@tool(
    needs=Role.technician,
    writes=True,
    consent=_is_somebody_else,
    buttons=(CardButton("Edit", (Person,), "person", edits=True),),
)
@with_columns(Person, role=Role.technician)
async def update_person(ctx: Context, person: Person, **columns: Any) -> Person:
    """Change a person's title, department, location and manager.

    Name, email and time zone come from Slack and can only be changed there.
    """
    only_active(columns.get("manager"))
    values = differing(person, values_of(Person, columns))
    if values.get("manager_id") == person.id:
        raise DeskError(f"{person.name} can't be their own manager.", field="manager")
    if not values:
        raise nothing_to_change([person])
    return await person.change(ctx, **values)
