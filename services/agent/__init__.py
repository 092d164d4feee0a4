"""The agent; importing the package registers the tools about models, privacy and feedback."""

from services.agent import feedback, model_tools, privacy_tools

__all__ = ["feedback", "model_tools", "privacy_tools"]
