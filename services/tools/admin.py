"""What admins set: who is what, and which channels are the desk's own."""

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.dialects.postgresql import insert

from services.context import Context, Role
from services.entities.base import Base
from services.entities.person import Person, RoleName
from services.entities.setting import Channel, Setting
from services.errors import DeskError
from services.limits import LimitName, limits
from services.tools.tool import tool


@tool(needs=Role.admin, writes=True, by_hand=True)
async def set_role(ctx: Context, person: Person, role: RoleName) -> Person:
    """Make a person a requester, a technician or an admin."""
    if person.id == ctx.actor.person_id:
        raise DeskError("Your own role is changed by another admin.")
    return await person.change(ctx, role=role)


@tool(needs=Role.admin, writes=True, by_hand=True)
async def set_limit(
    ctx: Context,
    limit: LimitName,
    per_hour: Annotated[int, Field(ge=1, le=1_000_000)],
) -> str:
    """Set how many turns or writes one person, or all together, may make in an hour."""
    await _put(ctx, Setting, {"key": limit}, {"value": per_hour})
    return f"{limit} is {per_hour} an hour now."


@tool(needs=Role.admin, by_hand=True)
async def show_limits(ctx: Context) -> str:
    """The limits as they are."""
    most = await limits(ctx)
    return "\n".join(f"{name}: {number} an hour" for name, number in most.items())


@tool(needs=Role.admin, writes=True, by_hand=True)
async def mark_channel(ctx: Context, channel: str, desk: bool) -> str:
    """Mark a channel as the desk's own, where technicians act with their own rights, or not."""
    await _put(ctx, Channel, {"slack_id": channel}, {"desk": desk})
    if desk:
        return "This channel is the desk's own now: everyone here acts with their own rights."
    return "Others read this channel: everyone here acts as a requester now."


async def _put(
    ctx: Context, table: type[Base], key: dict[str, Any], values: dict[str, Any]
) -> None:
    upsert = insert(table).values(**key, **values)
    await ctx.execute(upsert.on_conflict_do_update(index_elements=list(key), set_=values))
