"""Create and change teams."""

from collections.abc import Sequence
from typing import Any

from services.context import Context, Role
from services.entities.person import Person
from services.entities.team import Team, TeamMember
from services.tools.changing import differing, nothing_to_change, only_active, update_links
from services.tools.columns import values_of, with_columns
from services.tools.surfaces import CardButton
from services.tools.tool import tool


async def _concerns_others(
    ctx: Context,
    add_members: Sequence[Person] = (),
    remove_members: Sequence[Person] = (),
    **_: Any,
) -> bool:
    """Return whether anybody but the actor joins or leaves the team, and so sees other tickets."""
    return any(each.id != ctx.actor.person_id for each in (*add_members, *remove_members))


@tool(needs=Role.admin, writes=True, title="New team")
@with_columns(Team, new=True)
async def create_team(ctx: Context, members: list[Person] = [], **columns: Any) -> Team:  # noqa: B006
    """Create a team."""
    only_active(*members)
    team = await Team.create(ctx, **values_of(Team, columns))
    await update_links(ctx, TeamMember, team, members, ())
    return team


@tool(
    needs=Role.admin,
    writes=True,
    consent=_concerns_others,
    title="Change team",
    buttons=(CardButton("Edit", (Team,), "team", edits=True),),
)
@with_columns(Team)
async def update_team(
    ctx: Context,
    team: Team,
    add_members: list[Person] = [],  # noqa: B006
    remove_members: list[Person] = [],  # noqa: B006
    **columns: Any,
) -> Team:
    """Change a team's name, description and members, who see its private tickets."""
    only_active(*add_members)
    values = differing(team, values_of(Team, columns))
    moved = await update_links(ctx, TeamMember, team, add_members, remove_members)
    if not values and not moved:
        raise nothing_to_change([team])
    return await team.change(ctx, **values) if values else team
