"""The built-in rules: a model without a provider, which uses the same loop and tools."""

from services.agent.offline.model import OfflineModel
from services.agent.offline.offers import offers_in

__all__ = ["OfflineModel", "offers_in"]
