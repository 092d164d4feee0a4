"""Errors whose text is a sentence for a person."""


class DeskError(Exception):
    """Something a person can put right; its text says how."""


class SetupError(DeskError):
    """The desk cannot start; its text names the setting or the folder and the remedy."""


class NotFound(DeskError):  # noqa: N818 - reads as the answer it becomes
    """No such record, or none that the person may see: both read the same."""

    def __init__(self, record: str) -> None:
        super().__init__(f"There is no {record} that you can see here.")


class NotAllowed(DeskError):  # noqa: N818
    """The person's role does not include this."""
