"""Import a file: plan its rows in batches, write each batch in one transaction, and report."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from services.errors import DeskError
from services.importing.candidates import Candidate, Converter
from services.importing.files import open_table
from services.importing.layout import Layout, is_known, layout_of
from services.importing.mapping import load_mapping
from services.importing.outcome import Outcome, Verb
from services.importing.plan import Planner
from services.importing.refused import RefusedRows
from services.importing.remarks import remarks_on
from services.importing.report import line_of
from services.importing.write import write
from services.storage.database import import_of

Say = Callable[[str], None]

BATCH = 1000
"""How many rows are written in one transaction."""
_LAST = text("SELECT rows FROM imports WHERE kind = :kind AND source = :source ORDER BY id DESC")
_DONE = text("INSERT INTO imports (kind, source, rows) VALUES (:kind, :source, :rows)")


@dataclass(frozen=True, slots=True)
class Request:
    """An import to run. `fewer` allows a file with far fewer rows than the last one."""

    path: Path
    kind: str | None = None
    mapping: Path | None = None
    dry_run: bool = False
    fewer: bool = False

    @property
    def source(self) -> str:
        """The file's name without numbers, which are often a date."""
        return re.sub(r"[\W\d_]+", " ", self.path.stem).strip().casefold()


@dataclass(frozen=True, slots=True)
class Summary:
    """The totals of an import, or of its dry run."""

    layout: Layout
    remarks: list[str]
    """Remarks for people on the whole file."""
    counts: Counter[Verb] = field(default_factory=Counter)
    refused: Path | None = None
    unknown_words: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many rows have a word that a mapping file should translate, by column and word."""


def run_import(database_url: str, request: Request, say: Say, progress: Say) -> Summary:
    """Import the file, and report the outcome of each row.

    A file that can't be read raises `DeskError` before anything is written.
    """
    mapping = load_mapping(request.mapping)
    table = open_table(request.path, lambda headers: is_known(headers, request.kind, mapping))
    layout = layout_of(table.headers, request.kind, mapping)
    converter = Converter(table, layout)
    with (
        import_of(database_url, request.path.name) as transaction,
        RefusedRows(request.path, table.headers) as refused,
    ):
        planner = Planner(layout, table.unit, converter.defaults(), request.dry_run)
        run = _Run(request, layout, planner, table.unit, transaction, refused, say)
        run.check_size(converter.rows)
        if layout.kind.needs_people:
            run.meet(converter)
        for batch in _batches(converter.candidates()):
            run.take(batch)
            progress(f"{run.counts.total():,} of {converter.rows:,} rows")
        if not request.dry_run:
            run.finish(converter)
    return Summary(
        layout, remarks_on(table, layout), run.counts, refused.written, run.unknown_words
    )


class _Run:
    """An import that is running."""

    def __init__(
        self,
        request: Request,
        layout: Layout,
        planner: Planner,
        unit: str,
        transaction: Callable[[], AbstractContextManager[Connection]],
        refused: RefusedRows,
        say: Say,
    ) -> None:
        self._request, self._layout, self._unit = request, layout, unit
        self._planner = planner
        self._transaction, self._refused, self._say = transaction, refused, say
        self._early: set[int] = set()
        self._source = {"kind": layout.kind.name, "source": request.source}
        self.counts = Counter[Verb]()
        self.unknown_words = Counter[tuple[str, str]]()

    def check_size(self, rows: int) -> None:
        """Raise `DeskError` if the file has far fewer rows than the last file of its name."""
        with self._transaction() as connection:
            last = connection.scalar(_LAST, self._source)
        if last and rows < last / 2 and not self._request.fewer:
            raise DeskError(
                f"{self._request.path} has {rows:,} rows, and the last import of such a file had"
                f" {last:,}. If it is complete all the same, add --fewer."
            )

    def meet(self, converter: Converter) -> None:
        """Add the people whom the file names and nobody knows, so that every row finds them."""
        for batch in _batches(converter.candidates()):
            with _explained(self._unit, batch), self._transaction() as connection:
                self._planner.refuse_repeated(batch)
                self._planner.meet(connection, batch)
        with self._transaction() as connection:
            self._planner.meet_unknown(connection)

    def take(self, batch: list[Candidate]) -> None:
        """Plan and write the rows, and report the outcome of each."""
        for outcome in self._do(batch):
            self._say(line_of(outcome, self._unit))
            self.counts[outcome.verb] += 1
            if word := outcome.candidate.unknown_word:
                self.unknown_words[word] += 1
            if not self._request.dry_run:
                self._refused.add(outcome)
                self._early |= {outcome.candidate.line} if outcome.is_early else set()

    def finish(self, converter: Converter) -> None:
        """Write the rows that waited for later rows (`is_early`); store the number of rows."""
        candidates = converter.candidates() if self._early else iter(())
        for batch in _batches(each for each in candidates if each.line in self._early):
            for outcome in self._do(batch):
                outcome.candidate.remarks.clear()
                if outcome.verb == "changed":
                    self._say(line_of(outcome, self._unit))
        with self._transaction() as connection:
            connection.execute(_DONE, self._source | {"rows": converter.rows})

    def _do(self, batch: list[Candidate]) -> list[Outcome]:
        with _explained(self._unit, batch), self._transaction() as connection:
            self._planner.refuse_repeated(batch)
            outcomes = []
            for only_notes in (False, True):  # the records come before what is added to them
                part = [each for each in batch if each.only_notes is only_notes]
                planned = self._planner.plan(connection, part) if part else []
                outcomes += planned
                if not self._request.dry_run:
                    write(connection, self._layout.kind, planned, self._planner.attacher)
        return sorted(outcomes, key=lambda each: each.candidate.line)


def _batches(candidates: Iterator[Candidate]) -> Iterator[list[Candidate]]:
    while batch := list(islice(candidates, BATCH)):
        yield batch


@contextmanager
def _explained(unit: str, batch: list[Candidate]) -> Iterator[None]:
    """Turn a database error into a sentence that names the rows that were not imported."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise DeskError(
            f"I could not store the rows of {unit} {batch[0].line} to {batch[-1].line} ({reason}):"
            " none of them is in the desk, and all before them are. Correct that, then import the"
            " file again."
        ) from error
