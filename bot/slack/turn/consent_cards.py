"""Consent cards: posted once, decided by the person who asked, updated with the outcome."""

from typing import Any

from sqlalchemy import bindparam, select, text

from bot.runtime import Runtime
from bot.slack.api.errors import best_effort
from bot.slack.outbox.sender import Sender
from bot.slack.people.identity import actor_for
from bot.slack.render import blocks
from bot.slack.sentences import UNDONE_LATER
from services.agent.transcript import Turn
from services.changes.consents import Consent, consents_of
from services.changes.events import is_undone
from services.context import Audience, acting
from services.delivery.outbox import CONSENT_KEY, OutboxMessage, attempt_turn
from services.entities.base import find_ids, load_visible
from services.entities.card import QUOTED
from services.entities.person import Person
from services.tools import TOOLS

_AUDIENCE = select(Turn.audience).where(Turn.id == bindparam("turn"))
_POSTED = text("SELECT key, ts FROM outbox WHERE turn_id = :turn AND kind = 'consent'")


async def message_for(runtime: Runtime, consent: Consent) -> dict[str, Any]:
    """Return the consent card in its present state, as the arguments of a Slack message."""
    person = await Person.get(runtime.database, consent.person_id)
    [turn] = await runtime.database.fetch_all(_AUDIENCE, turn=consent.turn_id)
    async with acting(runtime.database, actor_for(person, Audience(turn["audience"]))) as ctx:
        # Ids that stand in quoted text were written by the model, and get no button.
        keys = find_ids(QUOTED.sub("", "\n".join(consent.lines)))
        records = await load_visible(ctx, keys)
        refs = [record.ref for record in records]
    asked = consent.state == "asked"
    return {
        "text": blocks.notification(f"{person.name}, do you approve? {TOOLS[consent.tool].title}"),
        "blocks": blocks.consent(
            TOOLS[consent.tool].title,
            consent.lines,
            refs,
            person.name,
            number=consent.id if asked else None,
            outcome="" if asked else await _outcome(runtime, consent, person),
        ),
    }


async def _outcome(runtime: Runtime, consent: Consent, person: Person) -> str:
    outcome = consent.outcome(person.name)
    undone = consent.state == "done" and await is_undone(runtime.database, consent.turn_id)
    return f"{outcome} {UNDONE_LATER}" if undone else outcome


class ConsentCards:
    """The consent cards of one turn."""

    def __init__(self, runtime: Runtime, sender: Sender) -> None:
        self.runtime, self.sender = runtime, sender

    async def post(self, turn: Turn) -> list[OutboxMessage]:
        """Post the cards that wait to be posted and return their outbox messages."""
        asked = await consents_of(self.runtime.database, turn.id, Consent.state == "asked")
        consents = {CONSENT_KEY % each.id: each for each in asked}
        waiting = await attempt_turn(self.runtime.database, turn.id)
        for message in waiting:
            if message.key not in consents:
                message.state = "skipped"  # decided or withdrawn before the card was posted
        cards = [
            (message, await message_for(self.runtime, consents[message.key]))
            for message in waiting
            if message.key in consents
        ]
        await self.sender.send(cards, needs_blocks=True, replaceable=True)
        return waiting

    async def update(self, turn: Turn) -> None:
        """Show the outcome on the turn's cards that have been decided. Best effort."""
        place = self.sender.place
        if place.ephemeral:  # Slack does not update ephemeral messages
            return
        posted = await self.runtime.database.fetch_all(_POSTED, turn=turn.id)
        timestamps = {row["key"]: row["ts"] for row in posted}
        for consent in await consents_of(self.runtime.database, turn.id, Consent.state != "asked"):
            if ts := timestamps.get(CONSENT_KEY % consent.id):
                body = await message_for(self.runtime, consent)
                await best_effort(
                    self.sender.slack.chat_update, channel=place.channel, ts=ts, **body
                )
