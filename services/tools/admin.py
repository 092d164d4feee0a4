"""The tools by which admins set roles, limits per hour and desk channels."""

from typing import Annotated

from pydantic import Field

from services.context import Context
from services.desk_settings import BY_KEY, MOST_PER_HOUR, LimitName
from services.entities.person import Person, RoleName
from services.errors import DeskError
from services.limits import limits
from services.tools.argument_types import SlackId
from services.tools.changing import nothing_to_change
from services.tools.itsm import itsm_for_admins
from services.tools.parameters import Label
from services.tools.settings import mark_channels, save_settings


@itsm_for_admins(
    "role",
    "make somebody a requester, technician or admin",
    "USR-5 technician",
    takes=("person", "role"),
    writes=True,
)
async def set_role(ctx: Context, person: Person, role: RoleName) -> Person:
    """Make a person a requester, a technician or an admin."""
    if person.id == ctx.actor.person_id:
        raise DeskError("You can't change your own role. Please ask another admin.")
    if person.guest and role != "requester":
        raise DeskError(f"{person.key} is a guest in Slack, and guests can only be requesters.")
    if person.role == role:
        raise nothing_to_change([person])
    return await person.change(ctx, role=role)


@itsm_for_admins(
    "limit",
    "set a limit per hour",
    "turns_per_person 60",
    takes=("limit", "per_hour"),
    writes=True,
)
async def set_limit(
    ctx: Context,
    limit: LimitName,
    per_hour: Annotated[
        int,
        Field(ge=1, le=MOST_PER_HOUR),
        Label("The limit", f"The limit must be a number from 1 to {MOST_PER_HOUR:,}."),
    ],
) -> str:
    """Set how many turns, writes or actions one person, or all together, may make in an hour."""
    await save_settings(ctx, {limit: per_hour})
    return f"{limit} is now {BY_KEY[limit].shown(per_hour)}."


@itsm_for_admins("limit", "show the limits per hour")
async def show_limits(ctx: Context) -> str:
    """Show the limits per hour."""
    most = await limits(ctx)
    return "\n".join(f"{name}: {BY_KEY[name].shown(number)}" for name, number in most.items())


@itsm_for_admins(
    "desk",
    "make this channel a desk channel, or not",
    "on or off",
    takes=("desk",),
    channel="channel",
    writes=True,
)
async def mark_channel(ctx: Context, channel: SlackId, desk: bool = True) -> str:
    """Mark a channel as the desk's own, where technicians use their own rights, or unmark it."""
    await mark_channels(ctx, [channel], desk=desk)
    if desk:
        return "This channel is the desk's own now: everyone here uses their own permissions."
    return "This channel is not the desk's own: everyone here has requester permissions."
