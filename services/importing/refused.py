"""The file of refused rows, each with the columns of the imported file and the reason."""

import csv
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from services.errors import DeskError
from services.importing.outcome import Outcome

REASON = "Reason"


class RefusedRows:
    """Writes refused rows into a file beside the imported one, where people can correct them.

    The file appears when the import ends, and only if a row was refused.
    """

    def __init__(self, imported: Path, headers: list[str]) -> None:
        self.path = imported.with_name(f"{imported.name}.refused.csv")
        self._draft = imported.with_name(f".{imported.name}.refused.new")
        self._headers, self._opened, self._count = headers, ExitStack(), 0

    def add(self, outcome: Outcome) -> None:
        """Write the row if the import has refused it."""
        if outcome.verb != "refused":
            return
        if not self._count:
            self._open()
        self._count += 1
        cells = ["" if each is None else each for each in outcome.candidate.row.cells]
        self._writer.writerow([*cells, outcome.candidate.refused])

    def _open(self) -> None:
        try:
            # With a mark, by which spreadsheets know the encoding.
            file = self._draft.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise DeskError(
                f"I can't write refused rows to {self.path} ({error.strerror}): move the file into"
                " a folder where I may, then import it again."
            ) from error
        self._writer = csv.writer(self._opened.enter_context(file))
        self._writer.writerow([*self._headers, REASON])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._opened.close()
        if self._count:
            self._draft.replace(self.path)

    @property
    def written(self) -> Path | None:
        return self.path if self._count else None
