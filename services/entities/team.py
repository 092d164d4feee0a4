"""Teams, and who is in them."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped

from services.context import Role
from services.entities.base import Entity
from services.entities.column import body_column, column, title_column
from services.entities.link import Link, end_column
from services.entities.related import Relation


class Team(Entity):
    __tablename__ = "teams"
    prefix, noun, plural, icon = "TEAM", "team", "teams", "👥"
    place = 4
    removable, public, named_by = Role.admin, True, ("name",)
    relations = (
        Relation(
            "USR",
            "SELECT person_id FROM team_members JOIN people ON people.id = person_id"
            " WHERE team_id = :id ORDER BY people.name LIMIT 20",
            "Members",
        ),
        Relation(
            "TKT",
            "SELECT id FROM tickets WHERE team_id = :id AND closed_at IS NULL"
            " ORDER BY id DESC LIMIT 10",
            "Open tickets",
            partial=True,
        ),
    )

    name: Mapped[str] = title_column("Name", editable=Role.admin)
    description: Mapped[str] = body_column("Description", editable=Role.admin, server_default="")
    created_at: Mapped[datetime] = column(
        "Created", derived=True, shown_to=None, server_default=func.now()
    )


class TeamMember(Link):
    """The link between a team and one of its members."""

    __tablename__ = "team_members"
    added, removed = "Add {other} to {subject}", "Remove {other} from {subject}"
    editable = Role.admin
    filter, reverse = "member", "team"

    team_id: Mapped[int] = end_column("teams")
    person_id: Mapped[int] = end_column("people")
