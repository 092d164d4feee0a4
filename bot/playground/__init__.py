"""A local Slack workspace: an imitation for the demo's browser page and for the story tests."""

from bot.playground.app import playground
from bot.playground.faults import Call
from bot.playground.guide import Face, Guide, Shortcut
from bot.playground.nouns import CLIENT_ID, CLIENT_SECRET, Ack, Channel, Message, User, View
from bot.playground.page import Command
from bot.playground.workspace import Workspace

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "Ack",
    "Call",
    "Channel",
    "Command",
    "Face",
    "Guide",
    "Message",
    "Shortcut",
    "User",
    "View",
    "Workspace",
    "playground",
]
