"""Consent cards: shown once, decided by the person who asked, and told how it ended."""

from typing import Any

from sqlalchemy import bindparam, func, select

from bot.runtime import Runtime
from bot.slack.people.identity import actor_for
from bot.slack.render import blocks
from bot.slack.render.text import mrkdwn
from bot.slack.turn.posting import Posting
from services.agent.consent import Consent, amend, those_of
from services.agent.transcript import Turn
from services.context import Audience, acting
from services.entities.base import find_ids, load_visible
from services.entities.card import QUOTED
from services.entities.person import Person

_AUDIENCE = select(Turn.audience).where(Turn.id == bindparam("turn"))


async def message_for(runtime: Runtime, consent: Consent) -> dict[str, Any]:
    """The card as it stands, as the arguments of a Slack message."""
    person = await Person.get(runtime.database, consent.person_id)
    [turn] = await runtime.database.fetch_all(_AUDIENCE, turn=consent.turn_id)
    async with acting(runtime.database, actor_for(person, Audience(turn["audience"]))) as ctx:
        # Not those in words that the model has put there.
        keys = find_ids(QUOTED.sub("", "\n".join(consent.lines)))
        records = await load_visible(ctx, keys)
        refs = [record.ref for record in records]
    asked = consent.state == "asked"
    return {
        "text": f"{mrkdwn(person.name)}, do you approve? {mrkdwn('; '.join(consent.lines))}",
        "blocks": blocks.consent(
            consent.tool,
            consent.lines,
            refs,
            person.name,
            number=consent.id if asked else None,
            outcome="" if asked else consent.outcome,
        ),
    }


class Consents:
    """The cards of one turn."""

    def __init__(self, runtime: Runtime, posting: Posting) -> None:
        self.runtime, self.posting = runtime, posting

    async def show(self, turn: Turn) -> None:
        """Post the card that the turn waits for, once; the turn rests when it stands there."""
        for consent in await those_of(self.runtime.database, turn, Consent.state == "asked"):
            part = f"consent:{consent.id}"
            begun, message = consent.posting_at, await message_for(self.runtime, consent)
            if begun is None:
                await amend(self.runtime.database, consent, posting_at=func.clock_timestamp())
            posted = await self.posting.once({part: message}, begun)
            await amend(self.runtime.database, consent, message_ts=posted[part])

    async def tell(self, turn: Turn) -> None:
        """Bring the cards up to what has become of them."""
        changed = (
            Consent.state != "asked",
            Consent.told.is_distinct_from(Consent.state),
            Consent.message_ts.is_not(None),
        )
        for consent in await those_of(self.runtime.database, turn, *changed):
            await self.posting.replace(
                str(consent.message_ts), await message_for(self.runtime, consent)
            )
            await amend(self.runtime.database, consent, told=consent.state)
