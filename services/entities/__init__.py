"""Records with ids that people say; importing the package registers every entity type and link."""

from services.entities import machine, note, person, setting, tag, team, ticket

__all__ = ["machine", "note", "person", "setting", "tag", "team", "ticket"]
