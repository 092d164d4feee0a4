"""People: requesters, technicians and admins."""

from datetime import datetime
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped

from services.context import Role
from services.entities.base import Entity
from services.entities.column import column, external_id_column, staff_column, title_column
from services.entities.related import Relation

RoleName = Literal["requester", "technician", "admin"]


class Person(Entity):
    __tablename__ = "people"
    prefix, noun, plural, icon = "USR", "person", "people", "👤"
    place = 3
    absent, public, named_by = "nobody", True, ("name", "email")
    relations = (
        Relation(
            "MAC",
            "SELECT id FROM machines WHERE person_id = :id ORDER BY id DESC LIMIT 10",
            "Machines",
            partial=True,
        ),
        Relation(
            "TKT",
            "SELECT id FROM tickets WHERE requester_id = :id AND closed_at IS NULL"
            " ORDER BY id DESC LIMIT 10",
            "Open tickets",
            partial=True,
        ),
        Relation(
            "TEAM",
            "SELECT team_id FROM team_members WHERE person_id = :id ORDER BY team_id LIMIT 10",
            "Teams",
        ),
        Relation(
            "USR",
            "SELECT id FROM people WHERE manager_id = :id AND active ORDER BY name LIMIT 20",
            "Reports",
        ),
    )

    name: Mapped[str] = title_column("Name")
    email: Mapped[str] = column("Email", unique=True, row="{}")
    job_title: Mapped[str] = staff_column("Title", server_default="", filter="title", row="{}")
    department: Mapped[str] = staff_column(
        "Department", server_default="", filter="department", row="{}"
    )
    location: Mapped[str] = staff_column("Location", server_default="", filter="location")
    manager_id: Mapped[int | None] = staff_column(
        "Manager", ForeignKey("people.id", deferrable=True, initially="DEFERRED"), filter="manager"
    )
    role: Mapped[str] = column(
        "Role",
        choices=RoleName,
        editable=Role.admin,
        shown_to=Role.technician,
        server_default="requester",
        filter="role",
        row="{}",
    )
    active: Mapped[bool] = column(
        "Active",
        editable=Role.admin,
        server_default="true",
        filter="active",
        row="no longer active",
    )
    guest: Mapped[bool] = column("Guest", derived=True, server_default="false")
    slack_id: Mapped[str | None] = column("Slack id", shown_to=None, unique=True)
    tz: Mapped[str] = column("Time zone", shown_to=None, server_default="UTC")
    left_at: Mapped[datetime | None] = column("Left Slack", derived=True, shown_to=None)
    external_id: Mapped[str] = external_id_column()
    created_at: Mapped[datetime] = column(
        "Created", derived=True, shown_to=None, server_default=func.now()
    )

    manager: "Person | None"

    @property
    def detail(self) -> str:
        return (
            self.department if self.active else f"{self.department}, no longer active".strip(", ")
        )

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.tz)

    def concerns(self, person_id: int) -> bool:
        return person_id == self.id


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone, or UTC for a name that Slack or an import made up."""
    return ZoneInfo(name if name in _zones() else "UTC")


@cache
def _zones() -> set[str]:
    """Return the names of the time zones; of other names, `ZoneInfo` opens files and folders."""
    # “localtime” is a name for the server's own time zone, which Postgres does not know.
    return available_timezones() - {"localtime"}
