"""Slack accounts for which an admin has to decide whose they are."""

from datetime import datetime

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from services.entities.table import Base


class AccountConflict(Base):
    """A Slack account with the email address of a person who uses another account."""

    __tablename__ = "account_conflicts"
    slack_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    since: Mapped[datetime] = mapped_column(server_default=func.now())
