"""Errors that carry a sentence for a person and, where it helps, advice for a model."""

ADVICE = "Advice for the assistant: "
"""The first words of the line with an error's advice, which models read and people don't."""


class DeskError(Exception):
    """A mistake that a person can correct.

    `sentence` is for people and says what to do next. `field` is the tool parameter that it is
    about, so that a form can show the sentence there. `advice` tells a model what to do
    differently; it may name tools and parameters.
    """

    def __init__(self, sentence: str, *, field: str | None = None, advice: str = "") -> None:
        super().__init__(sentence)
        self.field, self.advice = field, advice

    @property
    def for_model(self) -> str:
        return f"{self}\n{ADVICE}{self.advice}" if self.advice else str(self)


class SetupError(DeskError):
    """The desk can't start; the sentence names the setting or folder and the remedy."""


class NotFound(DeskError):  # noqa: N818 - reads as the answer it becomes
    """The record is absent or hidden from the person; both give the same sentence."""

    def __init__(self, record: str) -> None:
        super().__init__(f"There is no {record} that you can see here.")


class NotAllowed(DeskError):  # noqa: N818
    """The person's role does not allow this."""
