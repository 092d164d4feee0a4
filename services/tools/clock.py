"""The tool that tells the time."""

from services.context import Context
from services.entities.person import Person
from services.tools.tool import tool


@tool(done="Looked at the clock")
async def current_time(ctx: Context) -> str:
    """The current date and time, in UTC and where the person is."""
    person = await Person.get(ctx, ctx.actor.person_id)
    local = ctx.now.astimezone(person.zone)
    return f"It is {local:%A, %d %B %Y, %H:%M} in {person.zone} ({ctx.now:%Y-%m-%d %H:%M} UTC)."
