"""Tags: a key and a value on any record."""

from collections.abc import Iterable

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from services.context import Role
from services.entities.attached import Attached
from services.entities.column import column


def split_tag(words: str) -> tuple[str, str]:
    """Return the key and value of a tag written as `key=value` or as `key`."""
    key, _, value = words.partition("=")
    return key.strip() or words.strip(), value.strip() if key.strip() else ""


def tags_by_key(tags: Iterable[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return keys and values by key in lower case; the last of several counts."""
    return {key.casefold(): (key, value) for key, value in tags}


class Tag(Attached):
    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("on_kind", "on_id", "key"),)
    prefix, noun, plural, icon = "TAG", "tag", "tags", "🏷️"
    added, removed = "Add {record} {title} to {subject}", "Remove {record} {title} from {subject}"
    removable, restorable = Role.technician, True

    key_: Mapped[str] = column("Key", name="key", editable=Role.technician)
    value: Mapped[str] = column("Value", editable=Role.technician, server_default="")

    @property
    def title(self) -> str:
        return f"{self.key_}: {self.value}" if self.value else self.key_

    @property
    def detail(self) -> str:
        return f"on {self.on_key}"
