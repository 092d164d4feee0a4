"""Hold conversations without Slack: on the terminal, and in evaluations."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy import text

from services.agent.grounding import grounded_text, sources
from services.agent.journal import append, change, changing
from services.agent.loop import Agent
from services.agent.transcript import Message, Turn, messages_for, start_of_turn
from services.changes.consents import Consent, consents_of, decide
from services.changes.events import events_of
from services.changes.receipts import receipts_of
from services.context import Actor, Audience, Role, acting
from services.entities.person import Person
from services.storage.database import WORKER, Database

_ENDED = changing("state = 'answered', ended_at = clock_timestamp()")

_BEGIN = text(
    "WITH thread AS (INSERT INTO threads (key, channel, thread_ts)"
    "  VALUES (:key, 'terminal', :name) ON CONFLICT (key) DO UPDATE SET key = excluded.key"
    "  RETURNING id)"
    " INSERT INTO turns (thread_id, person_id, audience)"
    " SELECT id, :person, :audience FROM thread RETURNING turns.*"
)

Approve = Callable[[Consent], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a turn: its text with grounded ids, its receipts, and all its messages."""

    turn: Turn
    text: str
    receipts: list[str]
    messages: list[Message]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread in which one person talks with the agent, outside Slack.

    `approve` is asked about each change that needs consent. Links in answers stay only if they
    point to `web_url` or to an address that somebody other than the model brought in.
    """

    database: Database
    agent: Agent
    person: Person
    approve: Approve
    web_url: str
    audience: Audience = Audience.private
    name: str = field(default_factory=lambda: secrets.token_hex(8))

    async def say(self, words: str) -> Answer:
        """Answer a message in a turn of its own."""
        turn = await self._begin(words)
        actor = Actor(
            self.person.id,
            Role[self.person.role],
            self.audience,
            surface="terminal",
            turn_id=turn.id,
        )
        messages = await messages_for(self.database, turn)
        start = start_of_turn(messages)
        while turn.answer is None:
            turn = await self.agent.run(turn, messages, False, self.person, actor, _nothing_more)
            if turn.answer is None:
                await self._decide(turn)
        await change(self.database, turn, _ENDED)
        async with acting(self.database, actor) as ctx:
            receipts = await receipts_of(ctx, await events_of(ctx, turn.id))
        shown = grounded_text(turn.answer, sources(messages), self.web_url)
        return Answer(turn, shown, receipts, messages[start:])

    async def _begin(self, words: str) -> Turn:
        [row] = await self.database.fetch_all(
            _BEGIN,
            key=f"terminal:{self.name}",
            name=self.name,
            person=self.person.id,
            audience=self.audience,
        )
        turn = Turn(**row)
        await append(self.database, turn, {"role": "user", "content": words})
        return turn

    async def _decide(self, turn: Turn) -> None:
        [consent] = await consents_of(self.database, turn.id, Consent.state == "asked")
        approved = await self.approve(consent)
        async with self.database.transaction(WORKER) as transaction:
            await decide(transaction, consent.id, consent.person_id, approve=approved)


async def _nothing_more() -> list[Message]:
    return []
