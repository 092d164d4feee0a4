"""`ask`: one question on the terminal, answered once."""

import asyncio
import secrets
import sys

from sqlalchemy import text

from bot.cli.tool import active_person
from bot.process import open_database, open_models
from services.agent.grounding import grounded_text, sources
from services.agent.journal import append, change, changing
from services.agent.loop import Agent
from services.agent.transcript import Message, Turn
from services.changes.consents import Consent, consents_of, decide
from services.changes.events import events_of
from services.changes.receipts import receipts_of
from services.context import Actor, Audience, Role, acting
from services.entities.person import Person
from services.errors import SetupError
from services.sanitize import sanitize
from services.settings import Settings
from services.storage.database import WORKER, Database

_ENDED = changing("state = 'answered', ended_at = clock_timestamp()")

_BEGIN = text(
    "WITH thread AS (INSERT INTO threads (key, channel, thread_ts)"
    "  VALUES (:key, 'terminal', :name) RETURNING id)"
    " INSERT INTO turns (thread_id, person_id, audience)"
    " SELECT id, :person, :audience FROM thread RETURNING turns.*"
)


async def ask(settings: Settings, database_url: str, question: str, email: str) -> str:
    """Return the answer as text; an unknown email raises `SetupError`."""
    if not question.strip():
        raise SetupError('Ask something, such as: ask "what machines does Priya have?" --as EMAIL')
    async with open_database(database_url) as database, open_models(settings) as models:
        person = await active_person(database, email)
        messages: list[Message] = [{"role": "user", "content": question}]
        turn = await _begin(database, person, messages)
        actor = Actor(person.id, Role[person.role], surface="terminal", turn_id=turn.id)
        agent = Agent(database, models)
        while turn.answer is None:
            turn = await agent.run(turn, messages, False, person, actor, _nothing_more)
            if turn.answer is None:
                await _decide(database, turn)
        await change(database, turn, _ENDED)
        async with acting(database, actor) as ctx:
            receipts = await receipts_of(ctx, await events_of(ctx, turn.id))
    text = grounded_text(turn.answer, sources(messages), settings.web_url)
    return sanitize("\n".join([text, *(f"✓ {receipt}" for receipt in receipts)]))


async def _begin(database: Database, person: Person, messages: list[Message]) -> Turn:
    name = secrets.token_hex(8)
    [row] = await database.fetch_all(
        _BEGIN, key=f"terminal:{name}", name=name, person=person.id, audience=Audience.private
    )
    turn = Turn(**row)
    for message in messages:
        await append(database, turn, message)
    return turn


async def _decide(database: Database, turn: Turn) -> None:
    """Ask for consent on the terminal, as a card does in Slack; without a terminal, refuse."""
    [consent] = await consents_of(database, turn.id, Consent.state == "asked")
    question = sanitize("\n".join([*consent.lines, "Do you approve? [y/N] "]))
    said = await asyncio.to_thread(input, question) if sys.stdin.isatty() else ""
    async with database.transaction(WORKER) as transaction:
        await decide(
            transaction, consent.id, consent.person_id, approve=said.strip().lower() == "y"
        )


async def _nothing_more() -> list[Message]:
    return []
