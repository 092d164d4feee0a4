"""The models that may answer a turn, in the order in which they are tried."""

from collections.abc import Sequence
from typing import Any

from services.agent.offline import OfflineModel
from services.agent.provider import Model, ModelFault
from services.agent.provider.stream import Hear
from services.agent.transcript import FAULT, SILENCE, Message


class Models:
    """The provider's models as the settings list them, and the built-in rules as the last one."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = tuple(models)

    def pick(self, choice: str | None) -> "Models":
        """Return the models with the chosen one first; an unknown name changes nothing."""
        return Models(sorted(self._models, key=lambda model: model.name != choice))

    def only(self, name: str) -> "Models":
        """Return the models without those of other names."""
        return Models([model for model in self._models if model.name == name])

    @property
    def name(self) -> str:
        """The name of the model that is tried first."""
        return self._models[0].name

    async def complete(
        self, messages: list[Message], tools: list[dict[str, Any]], hear: Hear | None = None
    ) -> Message:
        """Return the answer of the first model that gives one.

        A model after the first is asked only if it accepts the conversation as it stands: the
        rules don't go on with a turn that another model has begun. Raises the first `ModelFault`
        if no model answers.
        """
        faults: list[ModelFault] = []
        for model in self._models:
            if faults and not model.accepts(messages):
                continue
            try:
                answer = await model.complete(messages, tools, hear)
            except ModelFault as fault:
                faults.append(fault)
                continue
            speaks = not answer.get("tool_calls") and answer["content"] != SILENCE
            if faults and isinstance(model, OfflineModel) and speaks:
                said = f"{faults[0]} Until then, by built-in rules:\n\n{answer['content']}"
                answer |= {"content": said, FAULT: True}
            return answer
        raise faults[0]
