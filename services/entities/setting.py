"""Settings that admins change, and the channels that are the desk's own."""

from typing import Any

from sqlalchemy import Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.entities.table import Base


class Setting(Base):
    __tablename__ = "settings"
    id: Mapped[int] = mapped_column(Identity(), unique=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)


class Channel(Base):
    __tablename__ = "channels"
    id: Mapped[int] = mapped_column(Identity(), unique=True)
    slack_id: Mapped[str] = mapped_column(primary_key=True)
    desk: Mapped[bool] = mapped_column(server_default="false")
