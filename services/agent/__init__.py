"""The agent; importing the package registers its own tools and those of admins."""

from services.agent import (
    feedback,
    model_tools,
    own_conversations,
    privacy_tools,
    settings_tools,
)

__all__ = ["feedback", "model_tools", "own_conversations", "privacy_tools", "settings_tools"]
