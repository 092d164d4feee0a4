"""The parts of a running process: built once and handed down, instead of module globals."""

from dataclasses import dataclass

from procrastinate import App as Queue
from slack_sdk.web.async_client import AsyncWebClient

from bot.admission import Admission
from bot.budget import Budget
from services.agent.loop import Agent
from services.settings import Settings
from services.storage.database import Database


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is at Slack, from `auth.test` and `bots.info`."""

    team_id: str
    user_id: str
    enterprise_id: str | None
    """The organization's id, if the app is installed for the whole organization."""
    organization_id: str | None
    """The Enterprise organization's id, also if only one of its workspaces has the app."""
    app_id: str | None
    """The app's id; None if Slack does not return it."""


@dataclass(frozen=True, slots=True)
class Runtime:
    settings: Settings
    database: Database
    queue: Queue
    agent: Agent
    slack: AsyncWebClient
    bot: Identity
    admission: Admission
    budget: Budget
