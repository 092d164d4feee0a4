"""A language model at any server that speaks OpenAI's chat completions."""

from services.agent.provider.client import Model, ProviderModel
from services.agent.provider.faults import ModelFault

__all__ = ["Model", "ModelFault", "ProviderModel"]
