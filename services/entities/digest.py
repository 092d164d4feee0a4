"""Who gets a morning digest, and when it is due."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.entities.base import Base

HOURS = range(9, 18)
"""Hours of a weekday in which a digest is sent: after that it comes too late to be of use."""


class Digest(Base):
    """A person's subscription. `day` is the day of the last digest."""

    __tablename__ = "digests"
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date]

    def due(self, now: datetime, zone: ZoneInfo) -> date | None:
        """Return the day whose digest is to be sent now, by the person's own clock."""
        local = now.astimezone(zone)
        new = self.day < local.date() and local.weekday() < 5
        return local.date() if new and local.hour in HOURS else None
