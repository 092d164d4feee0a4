"""Subscriptions to the morning digest, and when it is due."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.entities.table import Base

HOURS = range(9, 18)
"""The hours of a weekday in which a digest is sent; after 18:00 it would be of no use."""


class Digest(Base):
    """A person's subscription to the digest. `day` is the day of the last one."""

    __tablename__ = "digests"
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date]

    def due(self, now: datetime, zone: ZoneInfo) -> date | None:
        """Return today, in the person's time zone, if a digest is due now; else None."""
        local = now.astimezone(zone)
        new = self.day < local.date() and local.weekday() < 5
        return local.date() if new and local.hour in HOURS else None
