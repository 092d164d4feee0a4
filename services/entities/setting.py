"""Settings that admins change, and the channels that are the desk's own."""

from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.entities.base import Base


class Setting(Base):
    __tablename__ = "settings"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)


class Channel(Base):
    __tablename__ = "channels"
    slack_id: Mapped[str] = mapped_column(primary_key=True)
    desk: Mapped[bool] = mapped_column(server_default="false")
