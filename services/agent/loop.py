"""The loop: read the transcript, do the next thing, write it down, until there is an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, get_args

import orjson
from psycopg import DataError
from sqlalchemy import bindparam, select

from services import metrics
from services.agent.consent import (
    Consent,
    ConsentNeeded,
    consent_for,
    run_tool,
    settle,
    settle_refused,
)
from services.agent.context_window import cut
from services.agent.fencing import FENCE
from services.agent.journal import answer, append, ask_consent, turn_from
from services.agent.provider import Model, ModelFault
from services.agent.transcript import (
    FAULT,
    Message,
    Turn,
    is_final,
    messages_for,
    start_of_turn,
)
from services.context import Actor, Audience, Context, acting
from services.entities.base import Entity
from services.entities.card import quoted
from services.entities.person import Person
from services.errors import DeskError
from services.storage.database import Database
from services.tools import TOOLS, Result, Tool

MAX_STEPS = 20
"""Model calls in one turn."""

MAX_RESULT = 12_000
"""Characters of a tool's result; of longer ones head and tail are kept."""

SAME_CALL = 4
"""The same call so many times ends a turn (the figure OpenHands uses)."""

TOO_LONG = (
    "I have not come to an end within the steps that one question may take. What was done so far"
    " stays. Please ask for a smaller part."
)
IN_CIRCLES = "I am going in circles with this. Please put it another way, or ask a technician."

_PLACES = {
    Audience.private: "Only this person reads the conversation.",
    Audience.desk: "This is the desk's own channel; the team reads along.",
    Audience.channel: "Others read this channel: you act with a requester's rights. For more, "
    "the person asks in a direct message.",
    Audience.shared: "Another company reads this channel: only the person sees your answer.",
}
_PROMPT = files("services.agent").joinpath("prompt.md").read_text(encoding="utf-8")
OFFERED = {name: tool for name, tool in TOOLS.items() if not tool.by_hand}
_SCHEMAS = [tool.schema for tool in OFFERED.values()]
_TURN = select(Turn.__table__).where(Turn.id == bindparam("turn"))

TakeFollowUps = Callable[[], Awaitable[list[Message]]]
Ended = tuple[Message, bool]
"""The result of a call, and whether something waits to be taken up."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Answers turns with one model over one database."""

    database: Database
    model: Model

    async def run(
        self,
        turn: Turn,
        messages: list[Message],
        more: bool,
        person: Person,
        actor: Actor,
        take_follow_ups: TakeFollowUps,
    ) -> Turn:
        """Bring a turn to its answer from wherever its transcript, the `messages`, stands.

        What is added to the transcript is added to them too. Without an answer the turn waits for
        the person's consent, and goes on when it is run again after that. `take_follow_ups` adds
        to the transcript what the person wrote meanwhile, and returns it; `more` says whether there
        may be something of the kind.
        """
        instructions = _instructions(person, actor)
        while turn.answer is None:
            if calls := open_calls(messages):
                for call in calls:
                    ended = await self._run_tool(turn, actor, call)
                    if ended is None:
                        return turn
                    result, more = ended
                    messages.append(result)
            else:
                messages += await take_follow_ups() if more else ()
                said = await self._next(instructions, messages)
                turn = await self._write(turn, said)
                messages.append(said)
        return turn

    async def _next(self, instructions: Message, messages: list[Message]) -> Message:
        """What the model says next, or the sentence that ends a turn without it."""
        own = messages[start_of_turn(messages) :]
        if sum(message["role"] == "assistant" for message in own) >= MAX_STEPS:
            return _fault(TOO_LONG)
        if _repeats(own) >= SAME_CALL:
            return _fault(IN_CIRCLES)
        try:
            return await self.model.complete([instructions, *messages], _SCHEMAS)
        except ModelFault as fault:
            return _fault(str(fault))

    async def stop(self, turn: Turn, sentence: str, *, failed: bool = False) -> Turn:
        """End a turn from outside: no call is left open, so that none is made later.

        Where the answer has just been written down, it stays the answer.
        """
        turn = turn_from((await self.database.fetch_all(_TURN, turn=turn.id))[0])
        messages = await messages_for(self.database, turn)
        if turn.answer is not None:
            return turn
        for call in open_calls(messages):
            result = {"role": "tool", "tool_call_id": call["id"], "content": "Stopped: not done."}
            await self._write(turn, result)
        return await self._write(turn, _said(sentence) | {FAULT: failed})

    async def _write(self, turn: Turn, message: Message) -> Turn:
        """Write a message down; a final one is the answer, which goes out from now on."""
        failed = message.pop(FAULT, False)
        if is_final(message):
            return await answer(self.database, turn, message, failed=failed)
        await append(self.database, turn, message)
        return turn

    async def _run_tool(self, turn: Turn, actor: Actor, call: dict[str, Any]) -> Ended | None:
        """The result of one call: its writes and the result commit together, or neither does.

        None: it has no result yet, since the person is asked for consent.
        """
        consent = await self._consent(turn, call)
        if consent and consent.state == "asked":
            return None
        try:
            async with acting(self.database, actor) as ctx:
                result = await _call_tool(ctx, call["function"], consent)
                ended = await _record(ctx, turn, call, result)
                if consent:
                    await settle(ctx, consent, "done")
        except ConsentNeeded as needed:
            await self._ask(turn, actor, call, needed)
            return None
        except DeskError as error:
            # The tool's own transaction is rolled back; what it refused goes back to the model.
            async with acting(self.database, actor) as ctx:
                ended = await _record(ctx, turn, call, str(error))
                if consent:
                    await settle_refused(ctx, consent, error)
        return ended

    async def _consent(self, turn: Turn, call: dict[str, Any]) -> Consent | None:
        tool = OFFERED.get(call["function"]["name"])
        if tool is None or tool.consent is None:
            return None
        return await consent_for(self.database, turn, call["id"])

    async def _ask(
        self, turn: Turn, actor: Actor, call: dict[str, Any], needed: ConsentNeeded
    ) -> None:
        values = {
            "person": actor.person_id,
            "call": call["id"],
            "tool": call["function"]["name"],
            "changes": needed.changes,
            "versions": needed.versions,
        }
        await ask_consent(self.database, turn, **values)


def _instructions(person: Person, actor: Actor) -> Message:
    now = datetime.now(person.zone)
    words = _PROMPT.format(
        name=quoted(person.name),
        id=person.key,
        role=person.role,
        now=f"{now:%A, %d %B %Y, %H:%M}",
        tz=person.zone,
        place=_PLACES[actor.audience],
        fence=FENCE,
    )
    return {"role": "system", "content": words}


async def _call_tool(ctx: Context, function: dict[str, Any], consent: Consent | None) -> str:
    if consent and consent.state != "approved":
        raise DeskError(consent.outcome)
    name = function["name"]
    if name not in OFFERED:
        raise DeskError(f"There is no tool “{name}”. The tools are: {', '.join(OFFERED)}.")
    try:
        arguments = orjson.loads(function["arguments"] or "{}")
    except orjson.JSONDecodeError as error:
        raise DeskError(f"The arguments of {name} are not JSON ({error}). Call again.") from None
    if not isinstance(arguments, dict):
        raise DeskError(f"The arguments of {name} must be one JSON object. Call again.")
    arguments = _given(OFFERED[name], arguments)
    if strange := arguments.keys() - OFFERED[name].arguments.model_fields.keys():
        raise DeskError(f"{name} has no argument {', '.join(sorted(strange))}. Call again.")
    try:
        with metrics.timed("tool_called", metrics.TOOL_SECONDS, tool=name):
            return await result_text(ctx, await run_tool(ctx, OFFERED[name], arguments, consent))
    except DataError:
        raise DeskError(
            f"{name} was given a value that the database cannot hold, such as a NUL character."
            " Correct it and call again."
        ) from None


def _given(tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments without optional ones by which a model says "nothing".

    Many models fill every parameter, with null, "null" or an empty text. An empty text counts where
    the parameter is a text: it clears a description.
    """
    fields = tool.arguments.model_fields

    def says_nothing(name: str, value: object) -> bool:
        if name not in fields or fields[name].is_required():
            return False
        is_text = name not in tool.entities and _takes_text(fields[name].annotation)
        return value is None or value == "null" or (value == "" and not is_text)

    return {name: value for name, value in arguments.items() if not says_nothing(name, value)}


def _takes_text(hint: Any) -> bool:
    return hint is str or any(_takes_text(part) for part in get_args(hint))


async def result_text(ctx: Context, result: Result) -> str:
    """A tool's result as a model or a terminal reads it."""
    if isinstance(result, Entity):
        return (await result.card(ctx)).as_text()
    return result if isinstance(result, str) else result.as_text()


async def _record(ctx: Context, turn: Turn, call: dict[str, Any], words: str) -> Ended:
    message = {"role": "tool", "tool_call_id": call["id"], "content": cut(words, MAX_RESULT)}
    return message, await append(ctx, turn, message)


def open_calls(messages: list[Message]) -> list[dict[str, Any]]:
    """The tool calls of the last answer that have no result yet, in order."""
    last = max(
        (place for place, each in enumerate(messages) if each["role"] == "assistant"), default=None
    )
    if last is None:
        return []
    answered = {each.get("tool_call_id") for each in messages[last:]}
    return [call for call in messages[last].get("tool_calls", []) if call["id"] not in answered]


def _repeats(messages: list[Message]) -> int:
    """How often the most frequent call was made in these messages."""
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
