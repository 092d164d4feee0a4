"""What answers when the chosen model does not: the next of the list, and at last the rules."""

from collections.abc import Sequence
from typing import Any

from services.agent.offline import OfflineModel
from services.agent.provider import Model, ModelFault
from services.agent.transcript import FAULT, Message


class FallbackModel:
    """Models in the order in which they are tried; the built-in rules come last."""

    def __init__(self, models: Sequence[Model]) -> None:
        self.name = models[0].name
        self._models = models
        self._rules = OfflineModel()

    async def complete(self, messages: list[Message], tools: list[dict[str, Any]]) -> Message:
        """One answer. `ModelFault`: no model answers, and one of them has begun to act.

        The rules would not know what is done already, and do it again.
        """
        faults: list[ModelFault] = []
        for model in self._models:
            try:
                return await model.complete(messages, tools)
            except ModelFault as fault:
                faults.append(fault)
        if not self._rules.may_go_on(messages):
            raise faults[0]
        answer = await self._rules.complete(messages, tools)
        if not answer.get("tool_calls"):
            said = f"{faults[0]} Until then, by built-in rules:\n\n{answer['content']}"
            answer |= {"content": said, FAULT: True}
        return answer
