"""What admins set: who is what, and which channels are the desk's own."""

from sqlalchemy.dialects.postgresql import insert

from services.context import Context, Role
from services.entities.person import Person, RoleName
from services.entities.setting import Channel
from services.errors import DeskError
from services.tools.tool import tool


@tool(needs=Role.admin, writes=True, by_hand=True)
async def set_role(ctx: Context, person: Person, role: RoleName) -> Person:
    """Make a person a requester, a technician or an admin."""
    if person.id == ctx.actor.person_id:
        raise DeskError("Your own role is changed by another admin.")
    person.role = role
    await ctx.session.flush()
    return person


@tool(needs=Role.admin, writes=True, by_hand=True)
async def mark_channel(ctx: Context, channel: str, desk: bool) -> str:
    """Mark a channel as the desk's own, where technicians act with their own rights, or not."""
    upsert = insert(Channel).values(slack_id=channel, desk=desk)
    await ctx.session.execute(
        upsert.on_conflict_do_update(index_elements=[Channel.slack_id], set_={"desk": desk})
    )
    if desk:
        return "This channel is the desk's own now: everyone here acts with their own rights."
    return "Others read this channel: everyone here acts as a requester now."
