"""What admins set: roles, limits per hour and desk channels."""

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.dialects.postgresql import insert

from services.context import Context, Role
from services.entities.base import Base
from services.entities.person import Person, RoleName
from services.entities.setting import Channel, Setting
from services.errors import DeskError
from services.limits import LimitName, limits
from services.tools.argument_types import SlackId
from services.tools.parameters import Label
from services.tools.surfaces import Slash
from services.tools.tool import tool


@tool(
    needs=Role.admin,
    writes=True,
    by_hand=True,
    slash=Slash(
        "/itsm",
        "role",
        "make somebody a requester, technician or admin (for admins)",
        "USR-5 technician",
        takes=("person", "role"),
    ),
)
async def set_role(ctx: Context, person: Person, role: RoleName) -> Person:
    """Make a person a requester, a technician or an admin."""
    if person.id == ctx.actor.person_id:
        raise DeskError("You can't change your own role. Please ask another admin.")
    if person.guest and role != "requester":
        raise DeskError(f"{person.key} is a guest in Slack, and guests can only be requesters.")
    return await person.change(ctx, role=role)


@tool(
    needs=Role.admin,
    writes=True,
    by_hand=True,
    slash=Slash(
        "/itsm",
        "limit",
        "set a limit per hour (for admins)",
        "turns_per_person 60",
        takes=("limit", "per_hour"),
    ),
)
async def set_limit(
    ctx: Context,
    limit: LimitName,
    per_hour: Annotated[
        int,
        Field(ge=1, le=1_000_000),
        Label("The limit", "The limit must be a number from 1 to 1,000,000."),
    ],
) -> str:
    """Set how many turns, writes or actions one person, or all together, may make in an hour."""
    await put_setting(ctx, limit, per_hour)
    return f"{limit} is now {per_hour} an hour."


@tool(
    needs=Role.admin,
    by_hand=True,
    slash=Slash("/itsm", "limit", "show the limits per hour (for admins)"),
)
async def show_limits(ctx: Context) -> str:
    """Show the limits per hour."""
    most = await limits(ctx)
    return "\n".join(f"{name}: {number} an hour" for name, number in most.items())


@tool(
    needs=Role.admin,
    writes=True,
    by_hand=True,
    slash=Slash(
        "/itsm",
        "desk",
        "make this channel a desk channel, or not (for admins)",
        "on or off",
        takes=("desk",),
        channel="channel",
    ),
)
async def mark_channel(ctx: Context, channel: SlackId, desk: bool = True) -> str:
    """Mark a channel as the desk's own, where technicians act with their own rights, or not."""
    await _put(ctx, Channel, {"slack_id": channel}, {"desk": desk})
    if desk:
        return "This channel is the desk's own now: everyone here uses their own permissions."
    return "This channel is not the desk's own: everyone here has requester permissions."


async def put_setting(ctx: Context, key: str, value: Any) -> None:
    """Write a setting, and with it who set it into the history."""
    await _put(ctx, Setting, {"key": key}, {"value": value})


async def _put(
    ctx: Context, table: type[Base], key: dict[str, Any], values: dict[str, Any]
) -> None:
    upsert = insert(table).values(**key, **values)
    await ctx.execute(upsert.on_conflict_do_update(index_elements=list(key), set_=values))
