"""The agent; importing the package registers the tools about its models and privacy."""

from services.agent import model_tools, privacy_tools

__all__ = ["model_tools", "privacy_tools"]
