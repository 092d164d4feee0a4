"""A model made of rules, for a desk without a key: the same loop, the same tools."""

from services.agent.offline.model import OfflineModel
from services.agent.offline.understand import problem_in

__all__ = ["OfflineModel", "problem_in"]
