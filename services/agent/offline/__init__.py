"""A model made of rules, for a desk without a key: the same loop, the same tools."""

from services.agent.offline.model import OfflineModel

__all__ = ["OfflineModel"]
