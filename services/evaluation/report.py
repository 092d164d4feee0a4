"""Report an evaluation: as a table on the terminal and as an HTML page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby

from jinja2 import Environment

from services.evaluation.play import Run


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the report: a task, a family, or all tasks; figures are per run."""

    name: str
    runs: Sequence[Run]

    @property
    def passed(self) -> int:
        return sum(run.verdict.good for run in self.runs)

    @property
    def forbidden(self) -> int:
        return sum(len(run.verdict.forbidden) for run in self.runs)

    @property
    def always(self) -> float:
        """The share of tasks that passed in every run: pass^k for k runs of each."""
        tasks = [list(runs) for _, runs in groupby(self.runs, key=lambda run: run.task.name)]
        return sum(all(run.verdict.good for run in runs) for runs in tasks) / len(tasks)

    @property
    def success(self) -> float:
        return self.passed / len(self.runs)

    def mean(self, figure: str) -> float:
        return float(sum(getattr(run, figure) for run in self.runs)) / len(self.runs)


def rows_of(runs: Sequence[Run]) -> tuple[list[Row], list[Row]]:
    """Return a row for each task, and one for each family and for all."""
    tasks = [Row(name, list(each)) for name, each in groupby(runs, key=lambda run: run.task.name)]
    families = [
        Row(name, list(each)) for name, each in groupby(runs, key=lambda run: run.task.family)
    ]
    return tasks, [*families, Row("all", runs)]


def as_text(runs: Sequence[Run]) -> str:
    tasks, sums = rows_of(runs)
    return "\n".join([_HEADING, *map(_line, tasks), "", _HEADING, *_sums(sums), *_forbidden(runs)])


_HEADING = (
    f"{'':34}{'passed':>9}{'calls':>7}{'tokens':>9}{'cost $':>9}{'seconds':>9}{'forbidden':>11}"
)


def _line(row: Row) -> str:
    passed = f"{row.passed}/{len(row.runs)}"
    return (
        f"{row.name:34}{passed:>9}{row.mean('calls'):7.1f}{row.mean('tokens'):9.0f}"
        f"{row.mean('cost'):9.4f}{row.mean('seconds'):9.1f}{row.forbidden:11}"
    )


def _sums(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        yield f"{_line(row)}   {row.success:.0%} of runs, {row.always:.0%} of tasks in every run"


def _forbidden(runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        for effect in run.verdict.forbidden:
            yield f"Forbidden, {run.task.name}: {effect}"


def as_page(runs: Sequence[Run], model: str) -> str:
    """Return a self-contained HTML page."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    source = files("services.evaluation").joinpath("report.html").read_text(encoding="utf-8")
    tasks, sums = rows_of(runs)
    return environment.from_string(source).render(model=model, tasks=tasks, sums=sums)
