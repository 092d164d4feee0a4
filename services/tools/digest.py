"""Switch the morning digest on and off."""

from datetime import timedelta
from typing import Literal

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from services.context import Context
from services.entities.digest import HOURS, Digest
from services.entities.person import Person
from services.tools.surfaces import Slash
from services.tools.tool import tool


@tool(
    writes=True,
    slash=Slash(
        "/itsm",
        "digest",
        "your open and ageing tickets by direct message, each weekday at 9:00",
        "on or off",
        takes=("switch",),
    ),
)
async def set_digest(ctx: Context, switch: Literal["on", "off"] = "on") -> str:
    """Switch the morning digest of the person who asks on or off.

    It comes by direct message at 9:00 of each weekday, with their open and ageing tickets.
    """
    person = await Person.get(ctx, ctx.actor.person_id)
    if switch == "off":
        await ctx.execute(delete(Digest).where(Digest.person_id == person.id))
        return "Your morning digest is off."
    local = ctx.now.astimezone(person.zone)
    last = local.date() - timedelta(days=local.hour < HOURS.start)
    wanted = insert(Digest).values(person_id=person.id, day=last)
    await ctx.execute(wanted.on_conflict_do_nothing())
    return (
        f"You get a digest at 9:00 of each weekday ({person.zone}) by direct message, when tickets"
        " are open or ageing."
    )
