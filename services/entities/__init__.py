"""The nouns with ids that people can say; importing the package registers every kind."""

from services.entities import machine, note, person, setting, tag, team, ticket

__all__ = ["machine", "note", "person", "setting", "tag", "team", "ticket"]
