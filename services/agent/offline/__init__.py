"""A model made of rules, for a desk without a key: the same loop, the same tools."""

from services.agent.offline.model import OfflineModel
from services.agent.offline.offers import offers_in

__all__ = ["OfflineModel", "offers_in"]
