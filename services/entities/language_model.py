"""The listed language models, and the one that each person prefers."""

from urllib.parse import urlsplit

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.entities.table import Base, Numbered
from services.settings import key_named

OPENROUTER, OTHER = "openrouter", "other"


class LanguageModel(Numbered):
    __tablename__ = "models"
    name: Mapped[str] = mapped_column(unique=True)
    base_url: Mapped[str]
    key_name: Mapped[str]
    context: Mapped[int]
    routing: Mapped[str]
    keeps_nothing: Mapped[bool] = mapped_column(server_default="false")
    position: Mapped[int]
    from_settings: Mapped[bool] = mapped_column(server_default="false")

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or self.base_url

    @property
    def has_key(self) -> bool:
        return key_named(self.key_name) is not None

    @property
    def can_keep_nothing(self) -> bool:
        """Return whether the model may be asked while zero data retention is on."""
        return self.routing == OPENROUTER or self.keeps_nothing


class Preference(Base):
    __tablename__ = "preferences"
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str]


def routing_of(base_url: str) -> str:
    """Return which extra request fields the host of an address understands."""
    host = urlsplit(base_url).hostname or ""
    known = host == "openrouter.ai" or host.endswith(".openrouter.ai")
    return OPENROUTER if known else OTHER
