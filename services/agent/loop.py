"""The agent loop: run open tool calls or ask the model, write the result down, repeat."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlalchemy import bindparam, select

from services.agent.context_window import cut
from services.agent.fencing import PLACEHOLDER
from services.agent.journal import answer, append, ask_consent, turn_from
from services.agent.models import Models
from services.agent.provider.stream import Hear
from services.agent.silence import ALLOWED, heard, may_be_silent
from services.agent.tool_calls import OFFERED, call_tool, refused, schemas_for
from services.agent.transcript import (
    FAULT,
    SUMMARY,
    Message,
    Turn,
    is_final,
    messages_for,
    start_of_turn,
)
from services.changes.consents import Consent, consent_for, settle, settle_refused
from services.changes.preview import ConsentNeeded
from services.context import Actor, Audience, Context, acting
from services.entities.card import quoted
from services.entities.person import Person
from services.errors import DeskError
from services.storage.database import Database
from services.tools.summary import Summary

MAX_STEPS = 20
"""The maximum number of answers that models give in one turn, calls of tools included."""

MAX_RESULT = 12_000
"""The maximum number of characters of a tool's result. A longer result loses its middle."""

SAME_CALL = 4
"""How often a model makes the same call before the turn is ended (as in OpenHands)."""

TOO_LONG = (
    "This took more steps than one question may take, so I stopped. Changes that were already made"
    " stay. Please split your question into smaller ones."
)
IN_CIRCLES = "I keep trying the same thing here. Please rephrase your question or ask a technician."


_PLACES = {
    Audience.private: "Only this person reads the conversation.",
    Audience.desk: "This is the desk's own channel; the team reads along.",
    Audience.channel: "Others read this channel: you act with a requester's rights. For more, "
    "the person asks in a direct message.",
    Audience.shared: "Another company reads this channel: only the asker sees your answer.",
}
_PROMPT = files("services.agent").joinpath("prompt.md").read_text(encoding="utf-8")
_TURN = select(Turn.__table__).where(Turn.id == bindparam("turn"))

TakeFollowUps = Callable[[], Awaitable[list[Message]]]
Ended = tuple[Message, bool]
"""The result of a call, and whether deliveries wait in the thread."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Answers turns with the desk's models over one database."""

    database: Database
    models: Models

    async def run(
        self,
        turn: Turn,
        messages: list[Message],
        more: bool,
        person: Person,
        actor: Actor,
        take_follow_ups: TakeFollowUps,
        hear: Hear | None = None,
    ) -> Turn:
        """Continue a turn from the end of its transcript, and return it with its answer.

        A turn that is returned without an answer waits for the person's consent: run it again
        after the decision. Each step that is stored is also added to `messages`, the transcript.
        `more`: deliveries wait in the thread; then `take_follow_ups` is called, which stores and
        returns what the person has written meanwhile. `hear` is called with the text of a model
        while it grows.
        """
        instructions = _instructions(person, actor, messages)
        left_open = [call["id"] for call in open_calls(messages)]
        while turn.answer is None:
            calls = open_calls(messages)
            for call in calls:
                # Only a call of an earlier run can have waited for the person.
                consent = await self._consent(turn, call) if call["id"] in left_open else None
                ended = await self._run_tool(turn, actor, call, consent, messages)
                if ended is None:
                    return turn
                result, more = ended
                messages.append(result)
            if not calls:
                messages += await take_follow_ups() if more else ()
                said = await self._next(turn, [instructions, *messages], actor, hear)
                turn = await self._write(turn, said)
                messages.append(said)
        return turn

    async def stop(self, turn: Turn, sentence: str, *, failed: bool = False) -> Turn:
        """End a turn with a sentence as its answer, and mark its open tool calls as not done.

        A turn that has been answered in the meantime keeps that answer.
        """
        turn = turn_from((await self.database.fetch_all(_TURN, turn=turn.id))[0])
        messages = await messages_for(self.database, turn)
        if turn.answer is not None:
            return turn
        for call in open_calls(messages):
            result = {"role": "tool", "tool_call_id": call["id"], "content": "Stopped: not done."}
            await self._write(turn, result)
        return await self._write(turn, _said(sentence) | {FAULT: failed})

    async def _next(
        self, turn: Turn, messages: list[Message], actor: Actor, hear: Hear | None
    ) -> Message:
        """Return a model's next message, or the sentence that ends the turn at a limit or fault."""
        own = messages[start_of_turn(messages) :]
        if sum(message["role"] == "assistant" for message in own) >= MAX_STEPS:
            return _fault(TOO_LONG)
        if _repeats(own) >= SAME_CALL:
            return _fault(IN_CIRCLES)
        try:
            aloud = None if may_be_silent(messages) else hear
            said = await self.models.complete(turn, messages, schemas_for(actor), aloud)
        except DeskError as fault:
            return _fault(str(fault))
        return heard(said, messages)

    async def _write(self, turn: Turn, message: Message) -> Turn:
        """Store a message as a step; a final one is the answer and is put into the outbox."""
        failed = message.pop(FAULT, False)
        if is_final(message):
            return await answer(self.database, turn, message, failed=failed)
        await append(self.database, turn, message)
        return turn

    async def _run_tool(
        self,
        turn: Turn,
        actor: Actor,
        call: dict[str, Any],
        consent: Consent | None,
        messages: list[Message],
    ) -> Ended | None:
        """Run a call and return its result; its writes and the result commit together.

        Return None if the person has to consent first.
        """
        if consent and consent.state == "asked":
            return None
        try:
            async with acting(self.database, actor) as ctx:
                result, summary = await call_tool(ctx, call["function"], consent, messages)
                ended = await _record(ctx, turn, call, result, summary)
                if consent:
                    await settle(ctx, consent, "done")
        except ConsentNeeded as needed:
            await self._ask(turn, actor, call, needed)
            return None
        except DeskError as error:
            # The tool's transaction is rolled back; the model is told why.
            async with acting(self.database, actor) as ctx:
                summary = refused(call["function"], error)
                ended = await _record(ctx, turn, call, error.for_model, summary)
                if consent:
                    await settle_refused(ctx, consent, error)
        return ended

    async def _consent(self, turn: Turn, call: dict[str, Any]) -> Consent | None:
        tool = OFFERED.get(call["function"]["name"])
        if tool is None or not tool.writes:
            return None
        return await consent_for(self.database, turn.id, call["id"])

    async def _ask(
        self, turn: Turn, actor: Actor, call: dict[str, Any], needed: ConsentNeeded
    ) -> None:
        values = {
            "person": actor.person_id,
            "call": call["id"],
            "tool": call["function"]["name"],
            "changes": needed.changes,
            "versions": needed.versions,
            "readers": needed.readers,
        }
        await ask_consent(self.database, turn, **values)


def _instructions(person: Person, actor: Actor, messages: list[Message]) -> Message:
    now = datetime.now(person.zone)
    words = _PROMPT.format(
        name=quoted(person.name),
        id=person.key,
        role=person.role,
        now=f"{now:%A, %d %B %Y, %H:%M}",
        tz=person.zone,
        place=_PLACES[actor.audience] + (ALLOWED if may_be_silent(messages) else ""),
        fence=PLACEHOLDER,
    )
    return {"role": "system", "content": words}


async def _record(
    ctx: Context, turn: Turn, call: dict[str, Any], words: str, summary: Summary
) -> Ended:
    message = {
        "role": "tool",
        "tool_call_id": call["id"],
        "content": cut(words, MAX_RESULT),
        SUMMARY: asdict(summary),
    }
    return message, await append(ctx, turn, message)


def open_calls(messages: list[Message]) -> list[dict[str, Any]]:
    """Return the calls of the last assistant message that have no result yet, in order."""
    last = max(
        (place for place, each in enumerate(messages) if each["role"] == "assistant"), default=None
    )
    if last is None:
        return []
    answered = {each.get("tool_call_id") for each in messages[last:]}
    return [call for call in messages[last].get("tool_calls", []) if call["id"] not in answered]


def _repeats(messages: list[Message]) -> int:
    """Return how often the same call was made: the count of the most frequent one."""
    calls = [
        (call["function"]["name"], call["function"]["arguments"])
        for message in messages
        for call in message.get("tool_calls", [])
    ]
    return max((calls.count(call) for call in calls), default=0)


def _said(words: str) -> Message:
    return {"role": "assistant", "content": words}


def _fault(words: str) -> Message:
    return _said(words) | {FAULT: True}
