"""The models that may answer a turn, in the order in which they are tried."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from time import perf_counter
from typing import Any, NamedTuple

from services.agent.offline import OfflineModel
from services.agent.provider import Model, ModelFault
from services.agent.provider.stream import Hear
from services.agent.transcript import FAULT, SECONDS, SILENCE, USAGE, WRITTEN_BY, Message, Turn
from services.errors import DeskError


class Offer(NamedTuple):
    """The models to try, in order; `refusal` says why only the built-in rules are among them."""

    models: Sequence[Model]
    refusal: DeskError | None = None


class Models(ABC):
    """The models that may answer."""

    @abstractmethod
    async def offer(self, turn: Turn) -> Offer:
        """Return the models to try for the turn at this moment."""

    async def complete(
        self,
        turn: Turn,
        messages: list[Message],
        tools: list[dict[str, Any]],
        hear: Hear | None = None,
    ) -> Message:
        """Return the answer of the first model that gives one.

        A fallback is asked only if it accepts the conversation so far: the built-in rules don't
        continue a turn in which another model has called tools. Raises the first fault if no
        model answers.
        """
        faults: list[DeskError] = []
        tried: set[str] = set()
        while model := await self._next(turn, messages, tried, faults):
            tried.add(model.name)
            try:
                answer = await _ask(model, messages, tools, hear)
            except ModelFault as fault:
                faults.append(fault)
            else:
                return _with_fault(model, answer, faults)
        raise faults[0]

    async def _next(
        self, turn: Turn, messages: list[Message], tried: set[str], faults: list[DeskError]
    ) -> Model | None:
        """Return the next untried model; the list is read anew, as admins may have changed it."""
        models, refusal = await self.offer(turn)
        if refusal and not faults:
            faults.append(refusal)
        untried = (model for model in models if model.name not in tried)
        return next((each for each in untried if not faults or each.accepts(messages)), None)


class FixedModels(Models):
    """A list of models that is the same for every turn."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = tuple(models)

    async def offer(self, turn: Turn) -> Offer:
        return Offer(self._models)

    def only(self, name: str) -> "FixedModels":
        """Return only the models of this name."""
        return FixedModels([model for model in self._models if model.name == name])


async def _ask(
    model: Model, messages: list[Message], tools: list[dict[str, Any]], hear: Hear | None
) -> Message:
    begun = perf_counter()
    answer = await model.complete(messages, tools, hear)
    if isinstance(model, OfflineModel):
        return answer | {WRITTEN_BY: model.name}
    took = {SECONDS: round(perf_counter() - begun, 2)}
    return answer | {WRITTEN_BY: model.name, USAGE: answer.get(USAGE, {}) | took}


def _with_fault(model: Model, answer: Message, faults: list[DeskError]) -> Message:
    """Return the answer; if it is a text of the built-in rules, say first why no model answers."""
    speaks = not answer.get("tool_calls") and answer["content"] != SILENCE
    if not (faults and speaks and isinstance(model, OfflineModel)):
        return answer
    said = f"{faults[0]} Until then, by built-in rules:\n\n{answer['content']}"
    return answer | {"content": said, FAULT: True}
