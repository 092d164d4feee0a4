"""The registry of record types and links: by prefix and by table."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.entities.base import Entity
    from services.entities.link import Link

ENTITY_TYPES: dict[str, type["Entity"]] = {}
"""Every entity type by its prefix, in the order of declaration."""

LINK_TYPES: list[type["Link"]] = []
"""Every link, in the order of declaration."""


def entity_type_of(table: str) -> type["Entity"] | None:
    """Return the entity type whose rows are in the table."""
    return next((each for each in ENTITY_TYPES.values() if each.__tablename__ == table), None)


def link_type_of(table: str) -> type["Link"] | None:
    """Return the link whose rows are in the table."""
    return next((each for each in LINK_TYPES if each.__tablename__ == table), None)
