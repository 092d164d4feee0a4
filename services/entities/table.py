"""The base of all mapped tables."""

from datetime import datetime
from typing import Any, ClassVar, Self

from sqlalchemy import BigInteger, DateTime, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """A table; an instance has the plain values of one row."""

    __allow_unmapped__ = True
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        int: BigInteger(),
        str: Text(),
    }

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """Return an instance with these values, without SQLAlchemy's slow tracking of changes."""
        made = cls.__new__(cls)
        made.__dict__.update(values)
        return made


class Numbered(Base):
    """A table whose rows have a number."""

    __abstract__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
