"""`ask`: one question on the terminal, answered once."""

import asyncio
import sys

from bot.cli.tool import active_person
from bot.process import open_catalogue, open_database
from bot.slack.sentences import OFFLINE
from bot.slack.turn.small_print import author_of
from services.agent.loop import Agent
from services.agent.without_slack import Conversation
from services.changes.consents import Consent
from services.errors import SetupError
from services.sanitize import sanitize
from services.settings import Settings


async def ask(settings: Settings, database_url: str, question: str, email: str) -> str:
    """Ask as the person with this email address, and return the answer as text.

    An unknown address raises `SetupError`.
    """
    if not question.strip():
        raise SetupError('Ask something, such as: ask "what machines does Priya have?" --as EMAIL')
    async with (
        open_database(database_url) as database,
        open_catalogue(settings, database) as models,
    ):
        person = await active_person(database, email)
        agent = Agent(database, models)
        conversation = Conversation(database, agent, person, _approve, settings.web_url)
        answer = await conversation.say(question)
    lines = [answer.text, *(f"✓ {receipt}" for receipt in answer.receipts)]
    if author_of(answer.messages).is_rules and not answer.turn.failed:
        lines.append(OFFLINE)
    return sanitize("\n".join(lines))


async def _approve(consent: Consent) -> bool:
    """Ask for consent on the terminal, as a card does in Slack; without a terminal, refuse."""
    question = sanitize("\n".join([*consent.lines, "Do you approve? [y/N] "]))
    said = await asyncio.to_thread(input, question) if sys.stdin.isatty() else ""
    return said.strip().lower() == "y"
